-- A version of a template; its number follows the highest.
INSERT INTO template_versions
SELECT $version_id, $template_id, (SELECT coalesce(max(version), 0) + 1 FROM template_versions WHERE template_id = $template_id),
    $text, $sha256, $kind, $model, $family, $modality, $hardware, $description, $parent, $author, $message, $now
