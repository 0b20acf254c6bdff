-- Names the cluster that this database makes.
SELECT id FROM cluster_identity
