"""Who is believed: claim checks, calibration, pool, verdict."""
