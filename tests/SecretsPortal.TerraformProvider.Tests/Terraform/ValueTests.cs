using SecretsPortal.TerraformProvider.Client;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>Seeds, single members, and drift of values: the real Terraform, provider and portal.</summary>
public sealed class ValueTests(PortalFixture fixture)
{
    [Fact]
    public async Task A_seed_is_put_once_and_never_again()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        const string seeded = """
            ephemeral "secretsportal_random_password" "a" {
              length              = 24
              exclude_punctuation = true
            }
            resource "secretsportal_secret" "a" {
              name                    = "seed/one"
              recovery_window_in_days = 0
            }
            resource "secretsportal_secret_version" "a" {
              secret_id        = secretsportal_secret.a.id
              secret_string_wo = ephemeral.secretsportal_random_password.a.random_password
              seed_once        = true
            }

            """;
        await terraform.Configure(seeded);
        await terraform.Apply();
        var first = await fixture.CurrentValue("seed/one");
        Assert.Equal(24, first!.Length);
        await fixture.Put("seed/one", "rotated");
        Assert.False(await terraform.PlansChanges());
        // Another state that declares the same secret finds its value and leaves it.
        using var second = new TerraformWorkspace(fixture.Portal);
        await second.Configure("""
            resource "secretsportal_secret_version" "a" {
              secret_id        = "seed/one"
              secret_string_wo = "another"
              seed_once        = true
            }
            """);
        await second.Apply();
        Assert.Equal("rotated", await fixture.CurrentValue("seed/one"));
        Assert.False(await second.PlansChanges());
    }

    [Fact]
    public async Task Single_members_are_Terraforms_and_the_others_are_not()
    {
        await fixture.Client.CreateSecretAsync(new CreateSecretRequest { Name = "fields/one", ClientRequestToken = fixture.Client.NewToken() }, default);
        await fixture.Put("fields/one", """{"host":"old","port":5432,"password":"hunter2"}""");
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure(Fields("db.example", 1, "keep"));
        await terraform.Apply();
        Assert.Equal("""{"host":"db.example","port":5432,"password":"hunter2"}""", await fixture.CurrentValue("fields/one"));
        Assert.DoesNotContain("db.example", await State(terraform), StringComparison.Ordinal);
        Assert.False(await terraform.PlansChanges());

        // A rotation of the other members is no drift.
        await fixture.Put("fields/one", """{"host":"db.example","port":5432,"password":"rotated"}""");
        Assert.False(await terraform.PlansChanges());
        Assert.False((await terraform.Attributes("secretsportal_secret_version.a")).GetProperty("value_drifted").GetBoolean());

        // A change of Terraform's own is; what the plan does then is declared.
        await fixture.Put("fields/one", """{"host":"elsewhere","port":5432,"password":"rotated"}""");
        await terraform.Configure(Fields("db.example", 1, "warn"));
        Assert.Contains("was changed elsewhere", await terraform.Plan(), StringComparison.Ordinal);
        await terraform.Configure(Fields("db.example", 1, "overwrite"));
        Assert.Contains("0 to add, 1 to change, 0 to destroy", await terraform.Apply(), StringComparison.Ordinal);
        Assert.Equal("""{"host":"db.example","port":5432,"password":"rotated"}""", await fixture.CurrentValue("fields/one"));
        Assert.False(await terraform.PlansChanges());

        await fixture.Put("fields/one", "no JSON");
        await terraform.Configure(Fields("db.example", 2, "keep"));
        Assert.Contains("no JSON object", await terraform.FailedApply(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_tells_a_changed_value_without_reading_it()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure(Whole("warn"));
        await terraform.Apply();
        // The same value again is another version and no other value.
        await fixture.Put("drift/value", "declared");
        Assert.DoesNotContain("changed elsewhere", await terraform.Plan(), StringComparison.Ordinal);
        await fixture.Put("drift/value", "by hand");
        terraform.Set("TF_LOG", "DEBUG");
        var plan = await terraform.Run("plan", "-detailed-exitcode");
        terraform.Set("TF_LOG", null);
        Assert.Equal(0, plan.ExitCode);
        Assert.Contains("was changed elsewhere", plan.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("GetSecretValue", plan.Error, StringComparison.Ordinal);
        Assert.Equal("by hand", await fixture.CurrentValue("drift/value"));
        await terraform.Configure(Whole("overwrite"));
        await terraform.Apply();
        Assert.Equal("declared", await fixture.CurrentValue("drift/value"));
        Assert.False(await terraform.PlansChanges());
    }

    [Fact]
    public async Task A_rotated_value_survives_ten_applies()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        // Each way to own a value: write-only, in the state, as a seed, and single members.
        string[] names = ["written", "stated", "seeded", "fields"];
        await terraform.Configure("""
            resource "secretsportal_secret" "a" {
              for_each                = toset(["written", "stated", "seeded", "fields"])
              name                    = "ten/${each.key}"
              recovery_window_in_days = 0
            }
            resource "secretsportal_secret_version" "written" {
              secret_id                = secretsportal_secret.a["written"].id
              secret_string_wo         = "declared"
              secret_string_wo_version = 1
            }
            resource "secretsportal_secret_version" "stated" {
              secret_id     = secretsportal_secret.a["stated"].id
              secret_string = "declared"
            }
            resource "secretsportal_secret_version" "seeded" {
              secret_id        = secretsportal_secret.a["seeded"].id
              secret_string_wo = "declared"
              seed_once        = true
            }
            resource "secretsportal_secret_version" "fields" {
              secret_id                = secretsportal_secret.a["fields"].id
              secret_fields_wo         = { host = "declared" }
              secret_fields_wo_version = 1
            }
            """);
        await terraform.Apply();
        foreach (var name in names)
        {
            Assert.Contains("declared", await fixture.CurrentValue($"ten/{name}"), StringComparison.Ordinal);
            await fixture.Put($"ten/{name}", """{"password":"rotated"}""");
        }

        for (var i = 0; i < 10; i++)
            await terraform.Apply();
        foreach (var name in names)
            Assert.Equal("""{"password":"rotated"}""", await fixture.CurrentValue($"ten/{name}"));
    }

    [Fact]
    public async Task A_hundred_canaries_leave_no_trace()
    {
        var canaries = Enumerable.Range(0, 100).Select(_ => "canary-" + Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8))).ToArray();
        using var terraform = new TerraformWorkspace(fixture.Portal);
        terraform.Set("TF_LOG", "TRACE");
        terraform.Set("TF_LOG_PATH", Path.Combine(terraform.Folder, "trace.log"));
        terraform.Set("TF_VAR_values", System.Text.Json.JsonSerializer.Serialize(canaries));
        await terraform.Configure("""
            variable "values" {
              type      = list(string)
              ephemeral = true
            }
            variable "number" {
              type    = number
              default = 1
            }
            resource "secretsportal_secret" "a" {
              count                   = 50
              name                    = "canary/${count.index}"
              recovery_window_in_days = 0
            }
            resource "secretsportal_secret_version" "whole" {
              count                    = 25
              secret_id                = secretsportal_secret.a[count.index].arn
              secret_string_wo         = jsonencode({ a = var.values[2 * count.index], b = var.values[2 * count.index + 1] })
              secret_string_wo_version = var.number
            }
            resource "secretsportal_secret_version" "fields" {
              count                    = 25
              secret_id                = secretsportal_secret.a[25 + count.index].arn
              secret_fields_wo         = { a = var.values[50 + 2 * count.index], b = var.values[50 + 2 * count.index + 1] }
              secret_fields_wo_version = 1
              on_value_drift           = "warn"
            }
            ephemeral "secretsportal_secret_value" "a" {
              secret_id = secretsportal_secret_version.whole[0].secret_id
            }
            """);
        (await terraform.Run("plan", "-out=plan.bin")).Succeeded("terraform plan");
        var apply = await terraform.Run("apply", "plan.bin");
        apply.Succeeded("terraform apply");
        Assert.False(await terraform.PlansChanges());
        Assert.Contains(canaries[99], await fixture.CurrentValue("canary/49"), StringComparison.Ordinal);
        // Nor does a provider that crashes while it sets the values anew, in what it and Terraform say of that.
        terraform.Set("TF_VAR_number", "2");
        var crashed = await terraform.BreakApply("ABRT", "whole[", ": Modifying...");
        // What Terraform says depends on how far the call had come.
        Assert.Matches("Plugin did not respond|Request cancelled|Plugin error", crashed);
        // A call that fails shows none either.
        await fixture.Put("canary/49", "no JSON");
        terraform.Set("SECRETSPORTAL_REGION", "nowhere-1");
        Assert.NotEqual(0, (await terraform.Run("apply", "-auto-approve")).ExitCode);

        var traces = new List<string> { apply.Output, apply.Error, crashed };
        foreach (var file in Directory.EnumerateFiles(terraform.Folder, "*", SearchOption.TopDirectoryOnly))
            traces.Add(await File.ReadAllTextAsync(file, System.Text.Encoding.Latin1, TestContext.Current.CancellationToken));
        await using (var plan = await System.IO.Compression.ZipFile.OpenReadAsync(Path.Combine(terraform.Folder, "plan.bin"), TestContext.Current.CancellationToken))
        {
            foreach (var entry in plan.Entries)
            {
                using var reader = new StreamReader(await entry.OpenAsync(TestContext.Current.CancellationToken), System.Text.Encoding.Latin1);
                traces.Add(await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
            }
        }

        // The log and the state are there and speak of the secrets; no canary sings.
        Assert.Contains(traces, t => t.Contains("MergeSecretFields answered 200", StringComparison.Ordinal));
        Assert.Contains(traces, t => t.Contains("canary/49", StringComparison.Ordinal));
        Assert.All(canaries, canary => Assert.DoesNotContain(traces, t => t.Contains(canary, StringComparison.Ordinal)));
    }

    private static Task<string> State(TerraformWorkspace terraform) =>
        File.ReadAllTextAsync(Path.Combine(terraform.Folder, "terraform.tfstate"), TestContext.Current.CancellationToken);

    private static string Fields(string host, int number, string drift) => $$"""
        resource "secretsportal_secret_version" "a" {
          secret_id                = "fields/one"
          secret_fields_wo         = { host = "{{host}}" }
          secret_fields_wo_version = {{number}}
          on_value_drift           = "{{drift}}"
        }
        """;

    private static string Whole(string drift) => $$"""
        resource "secretsportal_secret" "a" {
          name                    = "drift/value"
          recovery_window_in_days = 0
        }
        resource "secretsportal_secret_version" "a" {
          secret_id                = secretsportal_secret.a.id
          secret_string_wo         = "declared"
          secret_string_wo_version = 1
          on_value_drift           = "{{drift}}"
        }
        """;
}
