-- A template, unless it is known.
INSERT INTO templates SELECT $template_id, $name, $kind, $now WHERE NOT EXISTS (FROM templates WHERE template_id = $template_id)
