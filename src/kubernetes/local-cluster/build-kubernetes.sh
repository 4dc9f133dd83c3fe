#!/bin/bash
# Compiles Kubernetes 1.20 from Debian's source package.
#
#   build-kubernetes.sh <work>
#
# <work>/downloads holds what apt fetched: the source package `kubernetes` (.dsc, .orig.tar.gz, .debian.tar.xz) and two
# Go libraries as .deb. The result is <work>/bin. Lines on standard output that begin with "@" tell how far it is:
#   @stage <name>     what begins now: generate, compile
#   @total <number>   how many packages the compiler will visit; it names each of them on standard error
# Everything else is for the log. The cache's key is a hash of this file: change it and everybody builds anew.
set -euo pipefail
work=$1
downloads=$work/downloads
sources=$work/go/src/k8s.io/kubernetes
export GOPATH=$work/go GOCACHE=$work/gocache GOTMPDIR=$work/tmp GO111MODULE=off GOENV=off GOFLAGS='' CGO_ENABLED=0 LC_ALL=C
mkdir -p "$sources" "$GOTMPDIR" "$work/bin" "$work/libraries"

echo '@stage generate'
tar -xf "$downloads"/kubernetes_*.orig.tar.* -C "$sources" --strip-components=1
tar -xf "$downloads"/kubernetes_*.debian.tar.* -C "$sources"
cd "$sources"
# Debian's security fixes, as its own build applies them.
if [ -e debian/patches/series ]; then
  while read -r name; do patch --quiet --strip=1 --input="debian/patches/$name"; done < <(grep -v '^#' debian/patches/series)
fi

# The vendored reflect2 1.0.1 panics when compiled with Go 1.18 or later. Debian's own 1.0.2, and the json-iterator that
# goes with it, do not.
for package in "$downloads"/*.deb; do dpkg -x "$package" "$work/libraries"; done
for library in github.com/modern-go/reflect2 github.com/json-iterator/go; do
  find "vendor/$library" -maxdepth 1 \( -name '*.go' -o -name '*.s' \) -delete
  find "$work/libraries/usr/share/gocode/src/$library" -maxdepth 1 \( -name '*.go' -o -name '*.s' \) ! -name '*_test.go' \
    -exec cp -t "vendor/$library" {} +
done

# The kubelet looks for a Docker socket for five seconds before it goes on. Once is enough.
sed -i 's/rootDirRetries = 5/rootDirRetries = 1/' vendor/github.com/google/cadvisor/container/docker/factory.go
# It would change settings of the machine's kernel (overcommit, panic) and leave them changed. Let it only warn.
sed -i 's/b := KernelTunableModify/b := KernelTunableWarn/' pkg/kubelet/cm/container_manager_linux.go
grep -q 'b := KernelTunableWarn' pkg/kubelet/cm/container_manager_linux.go

# One generated file is missing from the source package: the OpenAPI definitions of every marked package.
go build -o "$work/openapi-gen" k8s.io/kubernetes/vendor/k8s.io/kube-openapi/cmd/openapi-gen
marked=$(
  {
    find pkg cmd plugin -name '*.go' ! -name '*_test.go' -print0
    # The modules under staging are symbolic links here.
    find -L vendor/k8s.io/*/ -name '*.go' ! -path '*/code-generator/*' ! -path '*/sample-apiserver/*' -print0
  } | xargs -0 grep -l '^// *+k8s:openapi-gen=' | grep -vE '/(testdata|_examples)/' |
    xargs -n1 dirname | sort -u | sed 's#^#k8s.io/kubernetes/#' | paste -sd,
)
"$work/openapi-gen" -i "$marked" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
  -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt -r /dev/null

echo '@stage compile'
# "1.20.5+really1.20.2-1.1+deb12u1" is 1.20.2.
debian_version=$(sed -n 's/^Version: *//p' "$downloads"/kubernetes_*.dsc | head -1)
version=$(echo "$debian_version" | sed -E 's/^.*really//; s/^[0-9]+://; s/^([0-9.]+).*/\1/')
major=${version%%.*} minor=${version#*.} minor=${minor%%.*}
flags='-s -w'
for variables in component-base/version client-go/pkg/version; do
  # In GOPATH mode, a variable's path carries the vendor folder.
  path=k8s.io/kubernetes/vendor/k8s.io/$variables
  flags="$flags -X $path.gitVersion=v$version -X $path.gitMajor=$major -X $path.gitMinor=$minor"
  flags="$flags -X $path.gitCommit=debian-$debian_version -X $path.gitTreeState=archive"
  flags="$flags -X $path.buildDate=1970-01-01T00:00:00Z"
done
commands=()
for name in kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do
  commands+=("k8s.io/kubernetes/cmd/$name")
done
echo "@total $(go list -deps "${commands[@]}" | wc -l)"
# All in one go: what they share is compiled once.
go build -v -trimpath -ldflags "$flags" -o "$work/bin/" "${commands[@]}"
# What holds a pod's namespaces open.
gcc -static -Os -DVERSION="$version" -o "$work/bin/pause" build/pause/linux/pause.c
