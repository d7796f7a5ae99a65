using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>
/// A folder with a configuration, and the real Terraform to run in it: with the built provider in a local mirror, no network, and nothing of the
/// machine's own settings.
/// </summary>
internal sealed partial class TerraformWorkspace : IDisposable
{
    public const string Header = """
        terraform {
          required_providers {
            secretsportal = { source = "secrets-portal/secretsportal" }
          }
        }

        """;

    // One terraform init for all folders: what it makes is the same in each.
    private static readonly Lazy<Task<string>> s_initialized = new(Initialize);

    private readonly TemporaryDirectory _directory = new();

    private readonly bool _usesMirror;

    private readonly Dictionary<string, string?> _environment;

    private readonly string _terraform;

    /// <summary>Skips the test where there is no Terraform.</summary>
    /// <param name="portal">Where the provider finds its portal; null for none.</param>
    /// <param name="installation">How Terraform finds the provider, in its CLI configuration; null for the tests' mirror.</param>
    public TerraformWorkspace(PortalProcess? portal = null, string? installation = null)
    {
        Assert.SkipUnless(ExternalCommand.Terraform is not null, "terraform is not on the PATH");
        _terraform = ExternalCommand.Terraform!;
        _environment = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(n => n.StartsWith("TF_", StringComparison.Ordinal) || n.StartsWith("AWS_", StringComparison.Ordinal)
                || n.StartsWith("SECRETSPORTAL_", StringComparison.Ordinal))
            .ToDictionary(n => n, _ => (string?)null);
        _environment["TF_CLI_CONFIG_FILE"] = _directory["terraformrc"];
        _environment["TF_IN_AUTOMATION"] = "1";
        _environment["CHECKPOINT_DISABLE"] = "1";
        _environment["SECRETSPORTAL_ENDPOINT"] = portal?.Address.ToString();
        _environment["SECRETSPORTAL_ACCESS_KEY_ID"] = PortalProcess.AccessKeyId;
        _environment["SECRETSPORTAL_SECRET_ACCESS_KEY"] = PortalProcess.SecretAccessKey;
        Directory.CreateDirectory(Folder);
        _usesMirror = installation is null;
        installation ??= $$"""  filesystem_mirror { path = "{{Mirror}}" }""";
        File.WriteAllText(_directory["terraformrc"], $"disable_checkpoint = true\nprovider_installation {{\n{installation}\n}}\n");
    }

    /// <summary>Where the configuration lies.</summary>
    public string Folder => _directory["work"];

    /// <summary>
    /// The provider's program: built into the test's own output folder, or, to test one that terraform/install-provider.sh has installed,
    /// the one that SECRETSPORTAL_TEST_PROVIDER names.
    /// </summary>
    public static string Program => Environment.GetEnvironmentVariable("SECRETSPORTAL_TEST_PROVIDER") is { Length: > 0 } installed
        ? installed
        : Path.Combine(AppContext.BaseDirectory, "SecretsPortal.TerraformProvider");

    /// <summary>Sets a variable for all commands to come.</summary>
    public void Set(string variable, string? value) => _environment[variable] = value;

    /// <summary>Writes the configuration, without its header, and initializes the folder the first time.</summary>
    public async Task Configure(string configuration, bool withHeader = true)
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "main.tf"), withHeader ? Header + configuration : configuration);
        if (Directory.Exists(Path.Combine(Folder, ".terraform")))
            return;
        var isPlain = _usesMirror && !configuration.Contains("module \"", StringComparison.Ordinal);
        if (isPlain && await s_initialized.Value is var initialized)
            (await ExternalCommand.Run("cp", ["-a", Path.Combine(initialized, ".terraform"), Path.Combine(initialized, ".terraform.lock.hcl"), Folder])).Succeeded("cp");
        else
            await Init();
    }

    /// <summary>Initializes the folder; without a mirror of one's own the provider lies in that of the tests.</summary>
    public async Task Init()
    {
        if (_usesMirror)
            await s_initialized.Value;
        (await Run("init")).Succeeded("terraform init");
    }

    /// <summary>Takes a configuration of terraform/examples as it stands, but for the path to the modules.</summary>
    public async Task UseExample(string name)
    {
        var example = await File.ReadAllTextAsync(RepositoryRoot.File($"terraform/examples/{name}/main.tf"));
        await CopyModules();
        await Configure(example.Replace("../../modules", "./modules", StringComparison.Ordinal), withHeader: false);
    }

    /// <summary>Copies terraform/modules to <c>./modules</c>: one that needs another one has to lie in the same tree as what needs it.</summary>
    public async Task CopyModules() => (await ExternalCommand.Run("cp", ["-a", RepositoryRoot.File("terraform/modules"), Folder])).Succeeded("cp");

    /// <summary>Runs a command, without colours and without questions.</summary>
    public async Task<CommandResult> Run(string command, params string[] arguments)
    {
        string[] common = command switch
        {
            "state" or "providers" => [],
            "show" or "output" or "validate" or "fmt" => ["-no-color"],
            _ => ["-no-color", "-input=false"],
        };
        var result = await ExternalCommand.Run(_terraform, [command, .. common, .. arguments], _environment, Folder);
        // Terraform draws a box and breaks lines wherever the width ends.
        return result with { Error = Frame().Replace(result.Error, " ") };
    }

    /// <summary>Begins a command that the test does not wait for; what it says is thrown away.</summary>
    public Process Start(string command, params string[] arguments) => Start(static _ => { }, command, arguments);

    /// <summary>As the other one, and tells each line that it says.</summary>
    public Process Start(Action<string?> said, string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(_terraform, [command, "-no-color", "-input=false", .. arguments])
        {
            WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => said(line.Data);
        process.ErrorDataReceived += (_, line) => said(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Runs a module's own tests, and gives what was said of them.</summary>
    public async Task<string> TestModule(string folder)
    {
        await s_initialized.Value;
        (await ExternalCommand.Run(_terraform, ["init", "-no-color", "-input=false"], _environment, folder)).Succeeded("terraform init");
        return (await ExternalCommand.Run(_terraform, ["test", "-no-color"], _environment, folder)).Succeeded("terraform test");
    }

    /// <summary>Applies, and gives what was said: the plan is a part of it.</summary>
    public async Task<string> Apply(params string[] arguments) =>
        (await Run("apply", ["-auto-approve", .. arguments])).Succeeded("terraform apply");

    /// <summary>Applies, and gives what was planned for each resource by its address: create, update, replace, delete, or import where nothing else.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ApplyPlanned(params string[] arguments)
    {
        var planned = new Dictionary<string, string>();
        foreach (var line in (await Apply(["-json", .. arguments])).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var said = JsonDocument.Parse(line);
            if (said.RootElement.GetProperty("type").GetString() == "planned_change" && said.RootElement.GetProperty("change") is var change)
                planned[change.GetProperty("resource").GetProperty("addr").GetString()!] = change.GetProperty("action").GetString()!;
        }

        return planned;
    }

    public async Task Destroy() => (await Run("destroy", "-auto-approve")).Succeeded("terraform destroy");

    /// <summary>Runs an apply that has to fail, and gives what it said.</summary>
    public async Task<string> FailedApply()
    {
        var result = await Run("apply", "-auto-approve");
        Assert.NotEqual(0, result.ExitCode);
        return result.Error;
    }

    /// <summary>Whether a plan wants to change anything; fails where planning fails.</summary>
    public async Task<bool> PlansChanges()
    {
        var result = await Run("plan", "-detailed-exitcode");
        return result.ExitCode switch { 0 => false, 2 => true, _ => throw new InvalidOperationException(result.Error) };
    }

    /// <summary>What a plan says.</summary>
    public async Task<string> Plan(params string[] arguments) => (await Run("plan", arguments)).Succeeded("terraform plan");

    /// <summary>The attributes of a resource in the state, as they are stored; of a data source where <paramref name="mode"/> is <c>data</c>.</summary>
    public async Task<JsonElement> Attributes(string address, string mode = "managed")
    {
        using var state = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "terraform.tfstate")));
        foreach (var resource in state.RootElement.GetProperty("resources").EnumerateArray())
        {
            if ($"{resource.GetProperty("type").GetString()}.{resource.GetProperty("name").GetString()}" == address
                && resource.GetProperty("mode").GetString() == mode)
                return resource.GetProperty("instances")[0].GetProperty("attributes").Clone();
        }

        throw new InvalidOperationException($"The state has no {address}.");
    }

    public async Task<string> Output(string name) => (await Run("output", "-raw", name)).Succeeded("terraform output");

    public void Dispose() => _directory.Dispose();

    private static string Shared(string name) => Path.Combine(AppContext.BaseDirectory, "terraform", name);

    private static string Mirror => Shared("mirror");

    /// <summary>
    /// Makes a mirror as terraform/install-provider.sh fills it, and a folder that is initialized from it. The provider that the tests build is not
    /// one file, so what lies in the mirror is a script that becomes it.
    /// </summary>
    private static async Task<string> Initialize()
    {
        var platform = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64
            ? "linux_arm64"
            : "linux_amd64";
        if (Directory.Exists(Shared("")))
            Directory.Delete(Shared(""), recursive: true);
        var package = Path.Combine(Mirror, "registry.terraform.io", "secrets-portal", "secretsportal", "0.1.0", platform);
        Directory.CreateDirectory(package);
        var program = Path.Combine(package, "terraform-provider-secretsportal_v0.1.0");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nexec '{Program}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var terraform = new TerraformWorkspace();
        await File.WriteAllTextAsync(Path.Combine(terraform.Folder, "main.tf"), Header);
        (await terraform.Run("init")).Succeeded("terraform init");
        var initialized = Shared("initialized");
        Directory.CreateDirectory(initialized);
        (await ExternalCommand.Run("cp", ["-a", Path.Combine(terraform.Folder, ".terraform"), Path.Combine(terraform.Folder, ".terraform.lock.hcl"), initialized])).Succeeded("cp");
        return initialized;
    }

    [GeneratedRegex(@"[\s│╷╵]+")]
    private static partial Regex Frame();
}
