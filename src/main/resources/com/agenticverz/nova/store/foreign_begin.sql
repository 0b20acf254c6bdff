-- The first statement of a transaction on a data source of the user. It is a query so that the transaction has its
-- snapshot, after which PostgreSQL refuses to make a read-only one writable: whatever the user's statement calls.
-- default_transaction_read_only of a read-only source is not local to the transaction: should a statement ever end it,
-- what came after would be read-only too. All else is local. standard_conforming_strings: the statement's text was
-- read by that rule.
-- application_name and extra_float_digits: DISCARD ALL takes what the driver has set when it connected.
SELECT set_config('statement_timeout', :timeout, true),
       set_config('application_name', 'nova-sql-query', true),
       set_config('extra_float_digits', '3', true),
       set_config('TimeZone', 'UTC', true),
       set_config('IntervalStyle', 'iso_8601', true),
       set_config('bytea_output', 'hex', true),
       set_config('standard_conforming_strings', 'on', true),
       set_config('default_transaction_read_only', :read_only, :read_only = 'off')
