using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Services.Demo;

/// <summary>Builds what is there on the first day: people, programs, policies, keys and functions.</summary>
internal sealed class DemoHouse(IServiceProvider services, DemoCallers callers)
{
    /// <summary>The password of those who have not signed in yet; nobody is told.</summary>
    private static readonly SecretText s_unused = new(System.Security.Cryptography.RandomNumberGenerator.GetHexString(40));

    /// <summary>Builds.</summary>
    public async Task Build(string admin, string? functions, CancellationToken cancel)
    {
        await services.Get<KeyService>().Create(
            await callers.User(admin), new CreateKeyRequest { Provider = KmsProviders.Local, Alias = DemoCatalog.PaymentsKey, Description = "Seals what is about money" }, cancel);
        foreach (var (name, description, document) in DemoCast.Policies)
            await services.Get<PolicyService>().Create(await callers.User(admin), name, document, description, cancel);
        await People(admin, cancel);
        await Programs(admin, cancel);
        await Functions(admin, functions, cancel);
    }

    private async Task People(string admin, CancellationToken cancel)
    {
        var (groups, policies, users) = (services.Get<GroupService>(), services.Get<PolicyService>(), services.Get<UserService>());
        foreach (var (name, description, attached) in DemoCast.Groups)
        {
            await groups.Create(await callers.User(admin), name, description, cancel);
            foreach (var policy in attached)
                await policies.Attach(await callers.User(admin), policy, new PolicyTarget(PolicyTargetKind.Group, name), cancel);
        }

        foreach (var (name, display, team, memberships) in DemoCast.People)
        {
            await users.Create(
                await callers.User(admin),
                new CreateUserRequest { Name = name, DisplayName = display, Email = $"{name}@demo.invalid", Tags = [new CallerTag("team", team)], Password = s_unused },
                cancel);
            foreach (var group in memberships)
                await groups.AddMember(await callers.User(admin), group, CallerKind.User, name, cancel);
        }
    }

    private async Task Programs(string admin, CancellationToken cancel)
    {
        var policies = services.Get<PolicyService>();
        foreach (var (name, description, _, reads) in DemoCast.Programs)
        {
            await Program(admin, name, description, cancel);
            var policy = $"Read-{name}";
            await policies.Create(await callers.User(admin), policy, DemoCast.ReadPolicy(reads), $"What {name} reads", cancel);
            await policies.Attach(await callers.User(admin), policy, new PolicyTarget(PolicyTargetKind.Client, name), cancel);
        }

        await Program(admin, DemoCast.Pipeline, "Deploys", cancel);
        await policies.Attach(await callers.User(admin), "DeployFromPipeline", new PolicyTarget(PolicyTargetKind.Client, DemoCast.Pipeline), cancel);
        await Program(admin, DemoCast.FormerProgram, "Reports until last spring", cancel);
    }

    private async Task Program(string admin, string name, string description, CancellationToken cancel)
    {
        var clients = services.Get<ClientService>();
        await clients.Create(await callers.User(admin), new CreateClientRequest(name, description, []), cancel);
        var key = await clients.CreateKey(await callers.User(admin), name, new CreateAccessKeyRequest { Description = "Production" }, cancel);
        callers.SignsWith(name, key.Key.AccessKeyId);
    }

    private async Task Functions(string admin, string? folder, CancellationToken cancel)
    {
        var functions = services.Get<FunctionService>();
        await functions.Create(await callers.User(admin), DemoCast.PartnerFunction, RotationFunctionKind.Webhook, new FunctionSettings
        {
            Description = "Asks partners for new tokens", Webhook = new WebhookSettings("https://rotate.demo.invalid/partners"), AllowedSecrets = ["prod/partners/*"],
        }, cancel);
        await functions.Create(await callers.User(admin), DemoCast.DirectoryFunction, RotationFunctionKind.Endpoint, new FunctionSettings
        {
            Description = "Changes the directory's service account",
            Endpoint = new EndpointSettings
            {
                Url = "https://functions.demo.invalid", Region = "us-east-1", AccessKeyId = "AKIADEMODIRECTORY001", SecretAccessKey = s_unused,
            },
            TimeoutSeconds = 60,
            AllowedSecrets = ["platform/directory/*"],
        }, cancel);
        if (folder is not null)
        {
            await functions.Create(await callers.User(admin), DemoCast.SftpFunction, RotationFunctionKind.Process, new FunctionSettings
            {
                Description = "A few lines of Python: test it",
                Process = new ProcessSettings { Runtime = ProcessRuntime.Python3, Folder = "sftp", Handler = "rotate.handler", Variables = new Dictionary<string, string> { ["KEY_BITS"] = "3072" } },
                AllowedSecrets = ["*/sftp/*"],
            }, cancel);
        }
    }
}
