-- Is this one of the texts that clients may send? What stands in literals may be anything, all else has to be as it is known.
-- A hand-over begins with what only those can say who know the writers' token.
CREATE MACRO {guard}.may_say(session, text) AS (
    SELECT
        list_contains(copies, text)
        OR (
            parts[1] = head
            AND (
                (parts[-len(kept):] = kept AND list_has_all(known, parts[2:-len(kept) - 1]))
                OR (parts[-len(tried):] = tried AND list_has_all(known, parts[2:-len(tried) - 1]))
            )
        )
    FROM (SELECT *, string_split(regexp_replace(text, $literal, '?', 'g'), ';' || chr(10)) AS parts FROM {guard}.frame)
)
