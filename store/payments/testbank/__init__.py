"""The bank behind the test gateway: the provider's side of the counter, with books of its own.

The shop never reads these tables; it asks through `providers.test`, and hears by signed webhooks over HTTP.
"""
