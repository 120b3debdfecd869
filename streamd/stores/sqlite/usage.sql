-- What language models used, by day, user and agent.

-- name: put_usage
-- :rows is [[workspace, day, user_id, agent, input, output, cache write, cache read, cost, estimated], …].
INSERT INTO usage (
    workspace, day, user_id, agent, input_tokens, output_tokens, cache_write_tokens, cache_read_tokens, cost_usd, estimated
)
SELECT
    value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
    CAST(value ->> 8 AS REAL), value ->> 9
FROM json_each(:rows)
WHERE TRUE
ON CONFLICT (workspace, day, user_id, agent) DO UPDATE SET
    input_tokens = input_tokens + excluded.input_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
    cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
    cost_usd = cost_usd + excluded.cost_usd,
    estimated = max(estimated, excluded.estimated);

-- name: usage
SELECT
    iif(:by_day, day, '') AS of_day,
    iif(:by_user, user_id, '') AS of_user,
    iif(:by_agent, agent, '') AS of_agent,
    sum(input_tokens),
    sum(output_tokens),
    sum(cache_write_tokens),
    sum(cache_read_tokens),
    sum(cost_usd),
    max(estimated)
FROM usage
WHERE
    workspace = :workspace
    AND day BETWEEN :first_day AND :last_day
    AND (:user_id IS NULL OR user_id = :user_id)
    AND (:agent IS NULL OR agent = :agent)
GROUP BY of_day, of_user, of_agent
ORDER BY of_day DESC, of_user, of_agent
LIMIT :limit;

-- name: old_usage
-- [workspace, …] with usage of days that are not kept.
SELECT json_group_array(workspace)
FROM (SELECT DISTINCT workspace FROM usage WHERE day < :usage_day LIMIT :limit);

-- name: remove_usage
DELETE FROM usage WHERE workspace = :workspace AND day < :day;

-- name: usage_of_users
-- :users is [user_id, …].
SELECT workspace, day, '', agent, input_tokens, output_tokens, cache_write_tokens, cache_read_tokens, cost_usd, estimated
FROM usage
WHERE workspace = :workspace AND user_id IN (SELECT value FROM json_each(:users));

-- name: remove_users
-- :users is [user_id, …].
DELETE FROM usage WHERE workspace = :workspace AND user_id IN (SELECT value FROM json_each(:users));
