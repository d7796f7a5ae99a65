# Keys and values, read back without a trace: the ephemeral resource gives the value to other providers and write-only arguments alone.
terraform {
  required_version = ">= 1.11"

  required_providers {
    secretsportal = {
      source = "secrets-portal/secretsportal"
    }
  }
}

provider "secretsportal" {}

variable "token" {
  description = "Any token."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "secretsportal_secret" "api" {
  name                    = "example/key-value"
  tags                    = { example = "key-value" }
  recovery_window_in_days = 0
}

resource "secretsportal_secret_version" "api" {
  secret_id                = secretsportal_secret.api.id
  secret_string_wo         = jsonencode({ token = var.token, url = "https://api.example.com" })
  secret_string_wo_version = 1
}

ephemeral "secretsportal_secret_value" "api" {
  secret_id = secretsportal_secret_version.api.secret_id
}

# A second secret that is made of the first one.
resource "secretsportal_secret" "copy" {
  name                    = "example/key-value-copy"
  recovery_window_in_days = 0
}

resource "secretsportal_secret_version" "copy" {
  secret_id                = secretsportal_secret.copy.id
  secret_string_wo         = jsondecode(ephemeral.secretsportal_secret_value.api.secret_string).token
  secret_string_wo_version = 1
}

data "secretsportal_secret" "copy" {
  arn = secretsportal_secret_version.copy.arn
}

output "current_version" {
  value = data.secretsportal_secret.copy.current_version_id
}
