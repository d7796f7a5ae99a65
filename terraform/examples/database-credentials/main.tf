# A PostgreSQL login of an application. A master login changes its passwords, so that two users take turns and no client is refused.
terraform {
  required_version = ">= 1.11"

  required_providers {
    secretsportal = {
      source = "secrets-portal/secretsportal"
    }
  }
}

provider "secretsportal" {}

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

variable "ssl" {
  description = "true: TLS, and the server's certificate is verified. require: TLS without that. false: no TLS, only for a server on the same machine."
  type        = string
  default     = "true"
}

variable "rotate_immediately" {
  description = "Whether the first rotation follows at once. False waits for the schedule's first window."
  type        = bool
  default     = false
}

variable "password" {
  description = "The application's password as of now."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "master_password" {
  description = "The master's password as of now."
  type        = string
  sensitive   = true
  ephemeral   = true
}

module "orders" {
  source = "../../modules/database-credentials"

  name               = "example/orders/postgres"
  engine             = "postgres"
  host               = var.host
  port               = var.port
  ssl                = var.ssl
  dbname             = "orders"
  username           = "orders"
  password           = var.password
  master             = { username = "postgres" }
  master_password    = var.master_password
  rotate_immediately = var.rotate_immediately
}

output "next_windows" {
  value = module.orders.next_windows
}
