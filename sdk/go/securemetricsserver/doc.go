// Runs metrics-server on kubeadm clusters with every TLS check on
package securemetricsserver
