-- Is this one of the texts that clients may send? The pattern holds what a hand-over shows of the token that it needs.
CREATE MACRO {guard}.may_say(session, text) AS regexp_full_match(text, $admitted)
