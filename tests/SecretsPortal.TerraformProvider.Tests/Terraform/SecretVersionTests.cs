using SecretsPortal.Tests.Shared;
using SecretsPortal.TerraformProvider.Client;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary><c>secretsportal_secret_version</c> and <c>secretsportal_secret_value</c>: the real Terraform, provider and portal.</summary>
public sealed class SecretVersionTests(PortalFixture fixture)
{
    [Fact]
    public async Task A_rotated_value_stays_until_another_one_is_declared()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure(WriteOnly("rotated/one", 1));
        terraform.Set("TF_VAR_value", "first");
        await terraform.Apply();
        Assert.Equal("first", await fixture.CurrentValue("rotated/one"));
        Assert.False(await terraform.PlansChanges());

        await fixture.Put("rotated/one", "rotated");
        Assert.False(await terraform.PlansChanges());

        terraform.Set("TF_VAR_value", "second");
        Assert.False(await terraform.PlansChanges());
        await terraform.Configure(WriteOnly("rotated/one", 2));
        Assert.Contains("0 to add, 1 to change, 0 to destroy", await terraform.Apply(), StringComparison.Ordinal);
        Assert.Equal("second", await fixture.CurrentValue("rotated/one"));
        Assert.False(await terraform.PlansChanges());
    }

    [Fact]
    public async Task A_value_in_the_state_is_put_when_it_changes()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure(InState("state/one", "first"));
        await terraform.Apply();
        var first = (await terraform.Attributes("secretsportal_secret_version.a")).GetProperty("version_id").GetString();
        Assert.False(await terraform.PlansChanges());
        await terraform.Configure(InState("state/one", "second"));
        Assert.DoesNotContain("second", await terraform.Apply(), StringComparison.Ordinal);
        Assert.Equal("second", await fixture.CurrentValue("state/one"));
        Assert.NotEqual(first, (await terraform.Attributes("secretsportal_secret_version.a")).GetProperty("version_id").GetString());

        await terraform.Configure("""resource "secretsportal_secret" "a" { name = "state/one" }""");
        await terraform.Apply();
        Assert.Equal("second", await fixture.CurrentValue("state/one"));
    }

    [Fact]
    public async Task Labels_of_the_users_own_are_set_held_moved_and_taken_off()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure(Labelled("[\"AWSCURRENT\", \"blue\"]"));
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        var version = (await terraform.Attributes("secretsportal_secret_version.a")).GetProperty("version_id").GetString()!;
        var other = (await fixture.Put("labels/one", "by hand")).VersionId!;
        Assert.False(await terraform.PlansChanges());

        await fixture.Client.UpdateSecretVersionStageAsync(
            new UpdateSecretVersionStageRequest { SecretId = "labels/one", VersionStage = "blue", RemoveFromVersionId = version, MoveToVersionId = other }, default);
        Assert.True(await terraform.PlansChanges());
        await terraform.Apply();
        Assert.Equal(version, await Holder("blue"));
        Assert.Equal(other, await Holder("AWSCURRENT"));

        await terraform.Configure(Labelled("[\"AWSCURRENT\", \"green\"]"));
        await terraform.Apply();
        Assert.Equal(version, await Holder("green"));
        Assert.Null(await Holder("blue"));
        Assert.False(await terraform.PlansChanges());

        await terraform.Configure("""resource "secretsportal_secret" "a" { name = "labels/one" }""");
        await terraform.Apply();
        Assert.Null(await Holder("green"));
    }

    [Fact]
    public async Task An_imported_version_with_the_same_value_is_adopted()
    {
        await fixture.Client.CreateSecretAsync(new CreateSecretRequest { Name = "adopt/one", ClientRequestToken = fixture.Client.NewToken() }, default);
        var version = (await fixture.Put("adopt/one", "by hand")).VersionId!;
        using var terraform = new TerraformWorkspace(fixture.Portal);
        terraform.Set("TF_VAR_value", "by hand");
        await terraform.Configure(WriteOnly("adopt/one", 1));
        (await terraform.Run("import", "secretsportal_secret.a", "adopt/one")).Succeeded("terraform import");
        (await terraform.Run("import", "secretsportal_secret_version.a", $"adopt/one|{version}")).Succeeded("terraform import");
        await terraform.Configure(WriteOnly("adopt/one", 1).Replace("secretsportal_secret.a.name", "\"adopt/one\"", StringComparison.Ordinal));
        await terraform.Apply();
        Assert.Equal(version, (await terraform.Attributes("secretsportal_secret_version.a")).GetProperty("version_id").GetString());
        Assert.False(await terraform.PlansChanges());
        Assert.Single((await fixture.Client.DescribeSecretAsync("adopt/one", default)).VersionIdsToStages!);

        var wrong = await terraform.Run("import", "secretsportal_secret_version.b", "adopt/one");
        Assert.NotEqual(0, wrong.ExitCode);
    }

    [Fact]
    public async Task A_secret_made_anew_without_a_value_gets_one()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        terraform.Set("TF_VAR_value", "v");
        await terraform.Configure(WriteOnly("anew/one", 1));
        await terraform.Apply();
        await fixture.Client.DeleteSecretAsync(new DeleteSecretRequest { SecretId = "anew/one", ForceDeleteWithoutRecovery = true }, default);
        await terraform.Apply();
        Assert.Equal("v", await fixture.CurrentValue("anew/one"));
    }

    [Fact]
    public async Task The_example_reads_a_value_back_and_leaves_no_trace()
    {
        var canary = "canary-" + Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
        using var terraform = new TerraformWorkspace(fixture.Portal);
        terraform.Set("TF_LOG", "TRACE");
        terraform.Set("TF_VAR_token", canary);
        await terraform.UseExample("key-value");
        var plan = await terraform.Run("plan", "-out=plan.bin");
        plan.Succeeded("terraform plan");
        var apply = await terraform.Run("apply", "plan.bin");
        apply.Succeeded("terraform apply");
        Assert.Equal(canary, await fixture.CurrentValue("example/key-value-copy"));
        Assert.False(await terraform.PlansChanges());

        var show = await terraform.Run("show", "-json", "plan.bin");
        string[] traces = [plan.Output, plan.Error, apply.Output, apply.Error, show.Output, .. await PlanFile(terraform), .. await Files(terraform.Folder)];
        Assert.Contains(traces, t => t.Contains("example/key-value-copy", StringComparison.Ordinal));
        // The provider did log: what is missing from the log is missing on purpose.
        Assert.Contains("PutSecretValue answered 200", apply.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(traces, t => t.Contains(canary, StringComparison.Ordinal));
        Assert.DoesNotContain(traces, t => t.Contains(PortalProcess.SecretAccessKey, StringComparison.Ordinal));
        await terraform.Destroy();
    }

    [Fact]
    public async Task A_value_that_is_not_there_is_told_at_its_line()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure("""ephemeral "secretsportal_secret_value" "a" { secret_id = "value/missing" }""");
        var result = await terraform.Run("plan");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("can't find the specified secret", result.Error, StringComparison.Ordinal);
        Assert.Contains("secret_id = \"value/missing\"", result.Error, StringComparison.Ordinal);
    }

    private static string WriteOnly(string name, int version) => $$"""
        variable "value" {
          type      = string
          ephemeral = true
          default   = null
        }
        resource "secretsportal_secret" "a" {
          name                    = "{{name}}"
          recovery_window_in_days = 0
        }
        resource "secretsportal_secret_version" "a" {
          secret_id                = secretsportal_secret.a.name
          secret_string_wo         = var.value
          secret_string_wo_version = {{version}}
        }
        """;

    private static string InState(string name, string value) => $$"""
        resource "secretsportal_secret" "a" { name = "{{name}}" }
        resource "secretsportal_secret_version" "a" {
          secret_id     = secretsportal_secret.a.arn
          secret_string = "{{value}}"
        }
        """;

    private static string Labelled(string labels) => $$"""
        resource "secretsportal_secret" "a" { name = "labels/one" }
        resource "secretsportal_secret_version" "a" {
          secret_id      = secretsportal_secret.a.id
          secret_string  = "labelled"
          version_stages = {{labels}}
        }
        """;

    /// <summary>A plan file is an archive, which has to be opened to be searched.</summary>
    private static async Task<IReadOnlyList<string>> PlanFile(TerraformWorkspace terraform)
    {
        var texts = new List<string>();
        await using var archive = await System.IO.Compression.ZipFile.OpenReadAsync(Path.Combine(terraform.Folder, "plan.bin"));
        foreach (var entry in archive.Entries)
        {
            using var reader = new StreamReader(await entry.OpenAsync(), System.Text.Encoding.Latin1);
            texts.Add(await reader.ReadToEndAsync());
        }

        return texts;
    }

    private static async Task<IReadOnlyList<string>> Files(string folder)
    {
        var texts = new List<string>();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.TopDirectoryOnly))
            texts.Add(await File.ReadAllTextAsync(file, System.Text.Encoding.Latin1));
        return texts;
    }

    private async Task<string?> Holder(string label) =>
        (await fixture.Client.DescribeSecretAsync("labels/one", default)).VersionIdsToStages!.FirstOrDefault(v => v.Value.Contains(label)).Key;
}
