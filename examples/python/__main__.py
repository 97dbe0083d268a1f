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
    on_remove=sms.OnRemove(config.get("onRemove") or "retain"),
)

pulumi.export("servingCertificateNotAfter", metrics.serving_certificate_not_after)
pulumi.export("kubeletNotAfter", metrics.kubelet_not_after)
