-- What a clerk was shown before confirming.

-- name: keep_preview
INSERT INTO preview (administration, fingerprint, content, employee) VALUES ($1, $2, $3::jsonb, $4)
ON CONFLICT (administration, fingerprint) DO NOTHING;

-- name: get_preview
-- The latest of those whose fingerprint begins with what was repeated: hexadecimal digits, all of which sort before g.
SELECT content::text AS content FROM preview
WHERE administration = $1 AND fingerprint >= $2::text AND fingerprint < $2::text || 'g'
ORDER BY shown_at DESC
LIMIT 1;

-- name: forget_previews
DELETE FROM preview
WHERE (administration, fingerprint) IN (
    SELECT administration, fingerprint FROM preview WHERE shown_at < $1 ORDER BY shown_at LIMIT 1000
);
