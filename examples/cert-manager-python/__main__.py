import pulumi
import pulumi_secure_metrics_server as sms

config = pulumi.Config()

# Without an issuer, cert-manager makes a CA for metrics-server alone.
issuer = config.get("issuer")

metrics = sms.SecureMetricsServer(
    "metrics",
    nodes={
        name: sms.NodeArgs(
            host=node["host"], host_key=node["hostKey"], role=node.get("role")
        )
        for name, node in config.require_object("nodes").items()
    },
    ssh=sms.SshArgs(
        user=config.require("sshUser"),
        private_key=config.require_secret("sshPrivateKey"),
    ),
    serving_certificate=sms.CertificateSettingsArgs(
        source=sms.CertificateSource.CERT_MANAGER,
        cert_manager=sms.CertManagerArgs(
            issuer=sms.IssuerArgs(name=issuer) if issuer else None,
        ),
    ),
)

pulumi.export("servingCertificateNotAfter", metrics.serving_certificate_not_after)
pulumi.export("caBundle", metrics.ca_bundle)
