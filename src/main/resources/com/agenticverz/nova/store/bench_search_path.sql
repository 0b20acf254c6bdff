-- Where this session looks for a table. A pooler may swallow what its client asked for, and then it is where the user's own
-- runs are.
SELECT current_setting('search_path')
