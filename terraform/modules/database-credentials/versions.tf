terraform {
  # Write-only arguments came with 1.11.
  required_version = ">= 1.11"

  required_providers {
    secretsportal = {
      source  = "secrets-portal/secretsportal"
      version = ">= 0.1"
    }
  }
}
