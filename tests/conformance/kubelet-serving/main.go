// Says what Kubernetes itself makes of requests for kubelets' serving certificates, with the code of the version that it is
// built against. Reads CertificateSigningRequests of certificates.k8s.io/v1 as JSON, one a line; spec.username and spec.groups
// say who sends it. Prints one JSON object a line, in the same order: why not, or nothing.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	v1 "k8s.io/api/certificates/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/apis/certificates"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	convert "k8s.io/kubernetes/pkg/apis/certificates/v1"
	registry "k8s.io/kubernetes/pkg/registry/certificates/certificates"
)

type verdict struct {
	// Why the API server would not store it.
	APIServer string `json:"apiServer"`
	// Why the signer kubernetes.io/kubelet-serving would not sign it once it is approved.
	Signer string `json:"signer"`
}

func main() {
	if err := judgeAll(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func judgeAll(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	encoder := json.NewEncoder(out)
	for number := 1; lines.Scan(); number++ {
		var object v1.CertificateSigningRequest
		if err := json.Unmarshal(lines.Bytes(), &object); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		var csr certificates.CertificateSigningRequest
		if err := convert.Convert_v1_CertificateSigningRequest_To_certificates_CertificateSigningRequest(&object, &csr, nil); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if err := encoder.Encode(verdict{text(create(csr)), text(sign(csr))}); err != nil {
			return err
		}
	}
	return lines.Err()
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// What the API server does with a request before it stores it.
func create(csr certificates.CertificateSigningRequest) error {
	sender := &user.DefaultInfo{Name: csr.Spec.Username, Groups: csr.Spec.Groups}
	ctx := request.WithUser(request.WithNamespace(context.Background(), ""), sender)
	ctx = request.WithRequestInfo(ctx, &request.RequestInfo{
		IsResourceRequest: true,
		Verb:              "create",
		APIGroup:          v1.GroupName,
		APIVersion:        "v1",
		Resource:          "certificatesigningrequests",
	})
	rest.FillObjectMetaSystemFields(&csr)
	return rest.BeforeCreate(registry.Strategy, ctx, &csr)
}

// What the signer asks of a request before it signs it.
func sign(csr certificates.CertificateSigningRequest) error {
	if csr.Spec.SignerName != v1.KubeletServingSignerName {
		return fmt.Errorf("it is for the signer %q", csr.Spec.SignerName)
	}
	parsed, err := certificates.ParseCSR(csr.Spec.Request)
	if err != nil {
		return err
	}
	usages := sets.NewString()
	for _, usage := range csr.Spec.Usages {
		usages.Insert(string(usage))
	}
	err = certificates.ValidateKubeletServingCSR(parsed, usages)
	if certificates.IsKubeletServingCSR(parsed, usages) != (err == nil) {
		panic("IsKubeletServingCSR and ValidateKubeletServingCSR differ")
	}
	return err
}
