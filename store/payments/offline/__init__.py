"""Ways to pay that no machine watches: staff say that money came by transfer or was handed over."""
