-- Does the server know this client's token?
CREATE MACRO {guard}.may_enter(session, told, own) AS EXISTS (FROM {guard}.tokens WHERE token = told)
