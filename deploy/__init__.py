"""How the product is run: embedded in one folder, with compose, on Kubernetes. Only here is every service named."""
