-- A process that was put out of the cluster comes back at another port: what is wanted of it goes along.
UPDATE node_controls SET node = :address WHERE node = :former_address
