-- What is the current version of each template?
FROM current_templates ORDER BY name
