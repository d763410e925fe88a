-- How many bytes have the texts of the current versions?
SELECT coalesce(sum(strlen(text)), 0) FROM current_templates
