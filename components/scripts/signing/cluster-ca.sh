# shellcheck shell=sh
# Has the cluster's own CA sign metrics-server's certificate, on a control-plane node. The CA's key stays in its file, the key of
# the certificate never comes here, and of the request only the public key counts: names, usages and times are ours. Nothing is
# left on the node. Sent behind common.sh, ready.sh, certificates.sh and ca.sh.
#
#   sign    result {"certificate":"PEM","ca":"PEM"}
#   ready   result {"problems":[...]}: why the CA could not sign; reads only
#
# Header: NODE_NAME, REQUEST (the certificate request, PEM), NAMES (DNS names of the certificate, the first is the one that the API
# server verifies), NOT_AFTER (when it ends, RFC 3339 in UTC), and those of ca.sh.

# Clocks differ a little, and an API server may be behind.
BACKDATED=300

main() {
    set -eu
    prepare
    require_root
    require_tools awk cat cmp cut date grep head id mktemp openssl rm sed sha256sum sort timeout tr wc
    case ${1:-} in
        sign) sign ;;
        ready) ready ;;
        *) fail 64 "unknown verb '${1:-}'; expected sign or ready; next: fix the command" ;;
    esac
}

ready() {
    begin_ready
    find_ca
    look check_settings
    if nothing_found; then
        look check_ca
        look check_request
    fi
    end_ready
}

sign() {
    make_work_directory
    find_ca
    check_settings
    check_ca
    check_request
    issue
    check_issued
    result "{\"certificate\":$(json_file "$WORK/certificate.pem"),\"ca\":$(json_file "$WORK/ca.pem")}"
}

# They go into a configuration of openssl's, where other letters would mean something.
check_settings() {
    case ${NAMES:?} in
        *[!a-z0-9.\ -]* | ' '* | -*) fail 64 "NAMES is $(quoted "$NAMES"); expected DNS names in small letters; next: compose the script with its header" ;;
    esac
    case ${NOT_AFTER:?} in
        [2-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z) ;;
        *) fail 64 "NOT_AFTER is $(quoted "$NOT_AFTER"); expected a time as RFC 3339 has it, in UTC; next: compose the script with its header" ;;
    esac
}

# openssl ends with 0 for a bad signature, too. What it says of itself counts, and it prints nothing of the request.
check_request() {
    printf '%s\n' "${REQUEST:?}" >"$WORK/request.pem"
    timeout 30 openssl req -in "$WORK/request.pem" -pubkey -noout >"$WORK/request.pub" 2>/dev/null ||
        fail 65 "the certificate request cannot be read; expected one of metrics-server's own key, PEM; next: pulumi up, which sends it again"
    timeout 30 openssl req -in "$WORK/request.pem" -verify -noout >"$WORK/verified" 2>&1 || :
    grep -q 'verify OK' "$WORK/verified" ||
        fail 65 "the certificate request is not signed with the key that it is for; expected one of metrics-server's own key; next: pulumi up, which sends it again"
}

# The subject, the extensions and the times come from the header alone, whatever the request asks for.
issue() {
    name=${NAMES%% *}
    begin=$(date -u -d "@$(($(now) - BACKDATED))" +%Y%m%d%H%M%SZ)
    end=$(printf '%s' "$NOT_AFTER" | tr -d 'T:-')
    : >"$WORK/index.txt"
    configuration >"$WORK/openssl.cnf"
    if ! timeout 60 openssl ca -batch -notext -config "$WORK/openssl.cnf" -cert "$WORK/signer.pem" -keyfile "$CA_KEY" -passin pass: \
        -rand_serial -subj "/CN=$name" -startdate "$begin" -enddate "$end" \
        -in "$WORK/request.pem" -out "$WORK/certificate.pem" >"$WORK/signed" 2>&1; then
        log_lines <"$WORK/signed"
        fail 71 "openssl ca does not sign; expected a certificate for $name; next: read its lines above; openssl version"
    fi
}

configuration() {
    cat <<END
[ca]
default_ca = it
[it]
database = $WORK/index.txt
new_certs_dir = $WORK
rand_serial = yes
unique_subject = no
copy_extensions = none
email_in_dn = no
default_md = default
policy = named
x509_extensions = leaf
[named]
commonName = supplied
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $(printf '%s\n' "$NAMES" | sed -e 's/ /,DNS:/g' -e 's/^/DNS:/')
END
}

# The API server would refuse whatever fails here, so nobody gets it.
check_issued() {
    name=${NAMES%% *}
    SSL_CERT_DIR=/nonexistent SSL_CERT_FILE=/nonexistent timeout 30 openssl verify -partial_chain -purpose sslserver \
        -verify_hostname "$name" -CAfile "$WORK/signer.pem" "$WORK/certificate.pem" >"$WORK/verified" 2>&1 || {
        log_lines <"$WORK/verified"
        fail 67 "what $CA_SHOWN signed does not verify for $name; expected a certificate that the API server accepts; next: openssl x509 -in $CA_SHOWN -noout -text, and look for name constraints and usages"
    }
    timeout 30 openssl x509 -in "$WORK/certificate.pem" -noout -pubkey >"$WORK/certificate.pub" 2>/dev/null || :
    cmp -s "$WORK/certificate.pub" "$WORK/request.pub" ||
        fail 67 "the certificate is for another key than the request; expected the same; next: pulumi up, which tries again"
}

main "$@"
