-- Of what was asked about, what may be counted: measured and imported, the rest only where it was asked for.
-- What an import says is simulated is called that, whoever brought it: it shares no group with what somebody measured.
CREATE OR REPLACE TEMP VIEW chosen_tries AS
SELECT * REPLACE (CASE WHEN is_simulated AND provenance <> 'predicted' THEN 'simulated' ELSE provenance END AS provenance)
FROM asked_tries
WHERE getvariable('simulated') OR (is_simulated IS NOT TRUE AND provenance IN ('measured', 'imported'))
