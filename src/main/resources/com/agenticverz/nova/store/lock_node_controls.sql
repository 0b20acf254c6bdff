-- Two who change a row at the same moment do so one after the other. Heartbeats only read, and do not wait.
LOCK TABLE node_controls IN SHARE ROW EXCLUSIVE MODE
