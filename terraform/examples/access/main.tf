# A client that reads its own secrets and nothing else. Its access key goes from the portal into a secret, and is in no state.
terraform {
  required_version = ">= 1.11"

  required_providers {
    secretsportal = {
      source = "secrets-portal/secretsportal"
    }
  }
}

provider "secretsportal" {
  default_tags {
    tags = { managed-by = "terraform" }
  }
}

resource "secretsportal_client" "orders" {
  name        = "example-orders"
  description = "The orders service"
}

data "secretsportal_policy_document" "read" {
  statement {
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = ["arn:aws:secretsmanager:*:*:secret:example/orders/*"]
  }
}

resource "secretsportal_policy" "read" {
  name     = "example-read-orders"
  document = data.secretsportal_policy_document.read.json
}

resource "secretsportal_policy_attachment" "orders" {
  policy = secretsportal_policy.read.name
  client = secretsportal_client.orders.name
}

resource "secretsportal_secret" "key" {
  name                    = "example/orders/access-key"
  recovery_window_in_days = 0
}

resource "secretsportal_access_key" "orders" {
  client          = secretsportal_client.orders.name
  store_in_secret = secretsportal_secret.key.arn
}

ephemeral "secretsportal_random_password" "first" {
  length              = 40
  exclude_punctuation = true
}

resource "secretsportal_secret" "token" {
  name                    = "example/orders/token"
  recovery_window_in_days = 0
}

# The first token is drawn here and stays, until a rotation or somebody makes another one.
resource "secretsportal_secret_version" "token" {
  secret_id        = secretsportal_secret.token.id
  secret_string_wo = ephemeral.secretsportal_random_password.first.random_password
  seed_once        = true
}

output "access_key_id" {
  value = secretsportal_access_key.orders.access_key_id
}
