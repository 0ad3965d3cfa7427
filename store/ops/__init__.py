"""Running the shop: its embedded servers, its processes, its checks.

PostgreSQL and Valkey come as programs inside two locked packages; `store.ops.postgres` and `store.ops.valkey` start
them as children that die with their parent. `store.ops.datadir` knows what lies in the data folder,
`store.ops.servers` lends the servers to any command, `store.ops.supervisor` keeps the whole shop alive.
"""
