# terraform test, against the portal that SECRETSPORTAL_ENDPOINT names: a plan alone, because no database is here.
variables {
  name                    = "tftest/module-credentials"
  engine                  = "postgres"
  host                    = "db.example.com"
  port                    = 5432
  username                = "app"
  password                = "p"
  recovery_window_in_days = 0
  rotate_immediately      = false
}

run "a_single_user" {
  command = plan

  assert {
    condition     = output.master_arn == null
    error_message = "Without a master there is one secret."
  }
}

run "two_users_take_turns" {
  command = plan

  variables {
    master          = { username = "postgres", schedule_expression = "rate(90 days)" }
    master_password = "m"
  }

  assert {
    condition     = length(module.master) == 1 && module.master[0].name == "tftest/module-credentials/master"
    error_message = "With a master there are two secrets."
  }
}

run "an_unknown_engine_is_refused" {
  command = plan

  variables {
    engine = "postgress"
  }

  expect_failures = [var.engine]
}
