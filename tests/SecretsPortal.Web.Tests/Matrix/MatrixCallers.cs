using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Web.Tests.Admin;

namespace SecretsPortal.Web.Tests.Matrix;

/// <summary>One who comes to the doors.</summary>
/// <param name="Name">As the report has it.</param>
/// <param name="Policies">The documents that speak for it; null for one who must not be recognised.</param>
/// <param name="SessionPolicy">What narrows them.</param>
/// <param name="Client">Brings its credentials.</param>
/// <param name="IsSigning">True for an access key, false for a session or nothing.</param>
internal sealed record MatrixCaller(string Name, IReadOnlyList<string>? Policies, string? SessionPolicy, AdminClient Client, bool IsSigning)
{
    /// <summary>True where the credentials are good.</summary>
    public bool IsRecognised => Policies is not null;

    /// <summary>What the documents say.</summary>
    public bool May(string action, string resource) => Policies is not null && PolicyReading.Allows(Policies, action, resource)
        && (SessionPolicy is null || PolicyReading.Allows([SessionPolicy], action, resource));
}

/// <summary>Makes the callers through the administration API, as an administrator would.</summary>
internal sealed class MatrixCallers(TestPortal portal, AdminClient api)
{
    /// <summary>Allows little, and on few resources.</summary>
    public const string Narrow = """
        {"Version":"2012-10-17","Statement":[
          {"Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret","secretsmanager:Put*"],"Resource":"arn:aws:secretsmanager:us-east-1:000000000000:secret:matrix/inside-??????"},
          {"Effect":"Allow","Action":["secretsportal:GetUser","secretsportal:AttachPolicy"],"Resource":"arn:aws:iam::000000000000:user/sample"},
          {"Effect":"Allow","Action":"secretsportal:ListGroups","Resource":"*"}]}
        """;

    private const string Session = """
        {"Version":"2012-10-17","Statement":[
          {"Effect":"Allow","Action":["secretsmanager:*","secretsportal:List*"],"Resource":"*"},{"Effect":"Deny","Action":"secretsmanager:DeleteSecret","Resource":"*"}]}
        """;

    private readonly List<MatrixCaller> _callers = [];

    /// <summary>All of them.</summary>
    public async Task<IReadOnlyList<MatrixCaller>> Make()
    {
        await api.Ok("POST", "/api/v1/policies", new { name = "matrix-narrow", document = Narrow });
        await api.Ok("POST", "/api/v1/groups", new { name = "matrix-readers" });
        await api.Ok("PUT", "/api/v1/groups/matrix-readers/policies/Reader");
        _callers.Add(new MatrixCaller("anonymous", null, null, new AdminClient(portal.Address), IsSigning: false));
        await Pair("without policies", null);
        foreach (var managed in ManagedPolicyDocuments.All)
            await Pair(managed.Name, managed.Name, managed.Document);
        await Pair("through a group", null, ManagedPolicyDocuments.Reader.Document, group: "matrix-readers");
        await Pair("one narrow policy", "matrix-narrow", Narrow);
        await Ended();
        await Temporary();
        return _callers;
    }

    private async Task Pair(string of, string? policy, string? document = null, string? group = null)
    {
        var name = $"matrix-{of.Replace(' ', '-')}";
        string[] documents = document is null ? [] : [document];
        foreach (var kind in new[] { "users", "clients" })
        {
            await (kind == "users" ? AddUser(name) : api.Ok("POST", "/api/v1/clients", new { name }));
            if (policy is not null)
                await api.Ok("PUT", $"/api/v1/{kind}/{name}/policies/{policy}");
            if (group is not null)
                await api.Ok("PUT", $"/api/v1/groups/{group}/{kind}/{name}");
        }

        _callers.Add(new MatrixCaller($"user, {of}", documents, null, await SessionOf(name), IsSigning: false));
        _callers.Add(new MatrixCaller($"client, {of}", documents, null, await Key(name), IsSigning: true));
    }

    private async Task Ended()
    {
        foreach (var name in new[] { "matrix-disabled", "matrix-ended", "matrix-deleted" })
        {
            await AddUser(name);
            await api.Ok("PUT", $"/api/v1/users/{name}/policies/Administrator");
        }

        var (disabled, ended, deleted) = (await SessionOf("matrix-disabled"), await SessionOf("matrix-ended"), await SessionOf("matrix-deleted"));
        await api.Ok("PUT", "/api/v1/users/matrix-disabled", new { isDisabled = true });
        await api.Ok("DELETE", "/api/v1/users/matrix-ended/sessions");
        await api.Ok("DELETE", "/api/v1/users/matrix-deleted");
        _callers.Add(new MatrixCaller("user, disabled", null, null, disabled, IsSigning: false));
        _callers.Add(new MatrixCaller("user, session ended", null, null, ended, IsSigning: false));
        _callers.Add(new MatrixCaller("user, deleted", null, null, deleted, IsSigning: false));

        await api.Ok("POST", "/api/v1/clients", new { name = "matrix-disabled" });
        await api.Ok("PUT", "/api/v1/clients/matrix-disabled/policies/Administrator");
        var key = await Key("matrix-disabled", disable: true);
        _callers.Add(new MatrixCaller("client, disabled key", null, null, key, IsSigning: true));
    }

    private async Task Temporary()
    {
        var issued = await api.Ok("POST", "/api/v1/clients/matrix-Administrator/temporary-credentials", new { lifetimeSeconds = 900, sessionPolicy = Session });
        var credentials = new SigningCredentials(issued["accessKeyId"]!, new SecretText(issued["secretAccessKey"]!), issued["sessionToken"]);
        _callers.Add(new MatrixCaller(
            "client, temporary and narrowed", [ManagedPolicyDocuments.Administrator.Document], Session, new AdminClient(portal.Address, credentials), IsSigning: true));
    }

    // Of an identity provider: a local user's session opens nothing before the first password is changed.
    private Task<AdminAnswer> AddUser(string name) => api.Ok("POST", "/api/v1/users", new { name, issuer = "https://provider.example", subject = name });

    private async Task<AdminClient> SessionOf(string name)
    {
        var user = await api.Ok("GET", $"/api/v1/users/{name}");
        return await portal.Session(new Caller { Id = user["id"]!, Kind = CallerKind.User, Name = name, Arn = user["arn"]! });
    }

    private async Task<AdminClient> Key(string name, bool disable = false)
    {
        var added = await api.Ok("POST", $"/api/v1/clients/{name}/access-keys", new { });
        var id = added.Json.GetProperty("accessKey").GetProperty("accessKeyId").GetString()!;
        if (disable)
            await api.Ok("PUT", $"/api/v1/clients/{name}/access-keys/{id}", new { isDisabled = true });
        return new AdminClient(portal.Address, new SigningCredentials(id, new SecretText(added["secretAccessKey"]!)));
    }
}
