package main

import (
	sms "example.com/pulumi-secure-metrics-server/sdk/go/securemetricsserver"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")
		var configured map[string]struct{ Host, HostKey, Role string }
		settings.RequireObject("nodes", &configured)

		nodes := map[string]sms.NodeArgs{}
		for name, node := range configured {
			nodes[name] = sms.NodeArgs{
				Host:    pulumi.String(node.Host),
				HostKey: pulumi.String(node.HostKey),
				Role:    optional[sms.NodeRole](node.Role),
			}
		}
		metrics, err := sms.NewSecureMetricsServer(ctx, "metrics", &sms.SecureMetricsServerArgs{
			Nodes: nodes,
			Ssh: &sms.SshArgs{
				User:       pulumi.String(settings.Require("sshUser")),
				PrivateKey: settings.RequireSecret("sshPrivateKey"),
			},
			OnRemove: optional[sms.OnRemove](settings.Get("onRemove")),
		})
		if err != nil {
			return err
		}
		ctx.Export("servingCertificateNotAfter", metrics.ServingCertificateNotAfter)
		ctx.Export("kubeletNotAfter", metrics.KubeletNotAfter)
		return nil
	})
}

// optional is nil for a value that is not configured, so that the default holds.
func optional[T ~string](value string) *T {
	if value == "" {
		return nil
	}
	chosen := T(value)
	return &chosen
}
