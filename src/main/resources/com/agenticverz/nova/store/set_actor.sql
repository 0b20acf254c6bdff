-- Who makes the changes of this transaction; nova_audit() writes it down.
SELECT set_config('nova.actor', :actor, true)
