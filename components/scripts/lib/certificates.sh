# shellcheck shell=sh
# Certificates and times as openssl prints them. Sent before what reads certificates.

# The certificates of a text on stdin, PEM, without what stands around them.
only_certificates() {
    awk '/^-----BEGIN CERTIFICATE-----/ { on = 1 } on { print } /^-----END CERTIFICATE-----/ { on = 0 }'
}

# Turns "notAfter=Nov 21 22:39:00 2027 GMT" into "2027-11-21T22:39:00Z 1826923140".
rfc3339() {
    awk -F= '
        {
            split($2, part, " "); split(part[3], clock, ":")
            month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", part[1]) + 2) / 3
            y = part[4] - (month <= 2); era = int(y / 400); yoe = y - era * 400
            doy = int((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + part[2] - 1
            days = era * 146097 + yoe * 365 + int(yoe / 4) - int(yoe / 100) + doy - 719468
            printf "%04d-%02d-%02dT%02d:%02d:%02dZ %.0f ", part[4], month, part[2], clock[1], clock[2], clock[3], \
                days * 86400 + clock[1] * 3600 + clock[2] * 60 + clock[3]
        }'
}
