"""The checks, one module an area. A new function with `@check` is a new check."""
