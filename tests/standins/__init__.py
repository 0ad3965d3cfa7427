"""Other people's services, played on this machine: each speaks its provider's protocol over real HTTP."""
