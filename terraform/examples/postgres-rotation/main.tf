# A PostgreSQL login whose password the portal rotates. The provider takes SECRETSPORTAL_ENDPOINT, SECRETSPORTAL_ACCESS_KEY_ID and
# SECRETSPORTAL_SECRET_ACCESS_KEY from the environment; the password comes from TF_VAR_password and is stored by the portal alone.
terraform {
  required_version = ">= 1.11"

  required_providers {
    secretsportal = {
      source = "secrets-portal/secretsportal"
    }
  }
}

provider "secretsportal" {}

variable "name" {
  description = "The secret's name."
  type        = string
  default     = "example/postgres"
}

variable "host" {
  description = "The database server."
  type        = string
  default     = "localhost"
}

variable "port" {
  description = "The database server's port."
  type        = number
  default     = 5432
}

variable "dbname" {
  description = "The database to log in to."
  type        = string
  default     = "postgres"
}

variable "ssl" {
  description = "true: TLS, and the server's certificate is verified. require: TLS without that. false: no TLS, only for a server on the same machine."
  type        = string
  default     = "true"
}

variable "username" {
  description = "The login role that the secret is for."
  type        = string
}

variable "password" {
  description = "Its password as of now. The first rotation replaces it."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "schedule" {
  description = "When to rotate."
  type        = string
  default     = "rate(30 days)"
}

module "database" {
  source = "../../modules/secret"

  name        = var.name
  description = "A PostgreSQL login, rotated by the portal"
  tags        = { example = "postgres-rotation" }

  value = jsonencode({
    engine   = "postgres"
    host     = var.host
    port     = var.port
    dbname   = var.dbname
    ssl      = var.ssl
    username = var.username
    password = var.password
  })
  value_version = 1 # raise it to put another value

  rotation = { schedule_expression = var.schedule }
}

output "arn" {
  value = module.database.arn
}
