# terraform test, against the portal that SECRETSPORTAL_ENDPOINT names. What it makes it deletes for good.
variables {
  name                    = "tftest/module-secret"
  recovery_window_in_days = 0
  on_name_conflict        = "replace"
  value                   = "{\"token\":\"t\"}"
  value_version           = 1
  tags                    = { test = "module" }
}

run "a_value_without_rotation" {
  assert {
    condition     = output.name == "tftest/module-secret"
    error_message = "The secret has another name."
  }

  assert {
    condition     = output.version_id != null && output.next_windows == null
    error_message = "There must be a value and no rotation."
  }
}

run "a_schedule_has_windows" {
  variables {
    rotation = { schedule_expression = "cron(0 3 ? * SUN *)", duration = "2h", strategy = "generate", rotate_immediately = false }
  }

  assert {
    condition     = length(output.next_windows) == 5 && endswith(output.next_windows[0], "T05:00Z")
    error_message = "There must be five windows that end at five."
  }
}

run "two_schedules_are_refused" {
  command = plan

  variables {
    rotation = { schedule_expression = "rate(30 days)", automatically_after_days = 30 }
  }

  expect_failures = [var.rotation]
}
