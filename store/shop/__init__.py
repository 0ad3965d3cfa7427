"""The shop itself and its markets: who sells, where, in which currency, language and time zone."""
