package example;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.core.TypeShape;
import com.pulumi.securemetricsserver.SecureMetricsServer;
import com.pulumi.securemetricsserver.SecureMetricsServerArgs;
import com.pulumi.securemetricsserver.enums.NodeRole;
import com.pulumi.securemetricsserver.enums.OnRemove;
import com.pulumi.securemetricsserver.inputs.NodeArgs;
import com.pulumi.securemetricsserver.inputs.SshArgs;
import java.util.HashMap;
import java.util.Map;

public class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    /** One node as the stack's configuration has it. */
    static class Node {
        String host;
        String hostKey;
        String role;
    }

    static void stack(Context ctx) {
        var config = ctx.config();
        Map<String, Node> configured = config.requireObject("nodes", TypeShape.map(String.class, Node.class));

        var nodes = new HashMap<String, NodeArgs>();
        configured.forEach((name, node) -> nodes.put(name, NodeArgs.builder()
            .host(node.host)
            .hostKey(node.hostKey)
            .role("controlPlane".equals(node.role) ? NodeRole.ControlPlane : NodeRole.Worker)
            .build()));

        var metrics = new SecureMetricsServer("metrics", SecureMetricsServerArgs.builder()
            .nodes(nodes)
            .ssh(SshArgs.builder()
                .user(config.require("sshUser"))
                .privateKey(config.requireSecret("sshPrivateKey"))
                .build())
            .onRemove("revert".equals(config.get("onRemove").orElse("retain")) ? OnRemove.Revert : OnRemove.Retain)
            .build());

        ctx.export("servingCertificateNotAfter", metrics.servingCertificateNotAfter());
        ctx.export("kubeletNotAfter", metrics.kubeletNotAfter());
    }
}
