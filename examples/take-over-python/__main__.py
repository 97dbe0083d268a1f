import pulumi
import pulumi_secure_metrics_server as sms

config = pulumi.Config()

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
    # True for the run that takes over, and false again in the run after it.
    take_over=config.get_bool("takeOver") or False,
)

pulumi.export("servingCertificateNotAfter", metrics.serving_certificate_not_after)
