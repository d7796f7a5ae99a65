using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Policies;
using SecretsPortal.Web.Admin.Infrastructure;
using SecretsPortal.Web.Doors;
using SecretsPortal.Web.Portal;

namespace SecretsPortal.Web.Tests.Matrix;

/// <summary>Where a door is, which decides what credentials it takes.</summary>
internal enum DoorPlace
{
    /// <summary>A page, or what belongs to pages: a session.</summary>
    Portal,

    /// <summary>The administration API: a session or a signature.</summary>
    Rest,

    /// <summary>The AWS API: a signature.</summary>
    Aws,
}

/// <summary>A door with a request that is valid and as small as can be.</summary>
/// <param name="Place">Where it is.</param>
/// <param name="Rule">Its rule.</param>
/// <param name="Asked">What must be allowed on which resource, all of it; empty where recognition is enough.</param>
/// <param name="Method">Of the request.</param>
/// <param name="Path">Of the request.</param>
/// <param name="Body">Of the request, given a number that no other request has.</param>
/// <param name="Target">The operation of the AWS API.</param>
internal sealed record MatrixDoor(
    DoorPlace Place, DoorRule Rule, IReadOnlyList<(string Action, string Resource)> Asked, string Method, string Path, Func<int, string>? Body = null,
    string? Target = null)
{
    public override string ToString() => $"{Method} {Path} {Target}".TrimEnd();
}

/// <summary>The doors, from the routes and pages of the running host and from the AWS API's actions. One that has no request here fails the test.</summary>
internal sealed class MatrixDoors(TestPortal portal)
{
    private const string Iam = "arn:aws:iam::000000000000:";

    // Pages and endpoints whose address has a hole.
    private static readonly Dictionary<string, string> s_paths = new()
    {
        ["/{*Path:nonfile}"] = "/no/such/page",
        ["/hangfire/{**path}"] = "/hangfire/recurring",
        ["/api/v1/docs/{documentName?}"] = "/api/v1/docs/",
    };

    // Secrets of the AWS API's requests; a new operation needs a line.
    private static readonly Dictionary<string, string> s_bodies = new()
    {
        [SecretActions.BatchGetSecretValue] = """{"SecretIdList":["SECRET"]}""",
        [SecretActions.CancelRotateSecret] = """{"SecretId":"SECRET"}""",
        [SecretActions.CreateSecret] = """{"Name":"matrix/new-NUMBER","SecretString":"x","ClientRequestToken":"TOKEN"}""",
        [SecretActions.DeleteResourcePolicy] = """{"SecretId":"SECRET"}""",
        [SecretActions.DeleteSecret] = """{"SecretId":"SECRET"}""",
        [SecretActions.DescribeSecret] = """{"SecretId":"SECRET"}""",
        [SecretActions.GetRandomPassword] = "{}",
        [SecretActions.GetResourcePolicy] = """{"SecretId":"SECRET"}""",
        [SecretActions.GetSecretValue] = """{"SecretId":"SECRET"}""",
        [SecretActions.ListSecrets] = "{}",
        [SecretActions.ListSecretVersionIds] = """{"SecretId":"SECRET"}""",
        [SecretActions.PutResourcePolicy] =
            """{"SecretId":"SECRET","ResourcePolicy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::000000000000:user/client/bootstrap\"},\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}]}"}""",
        [SecretActions.PutSecretValue] = """{"SecretId":"SECRET","SecretString":"y","ClientRequestToken":"TOKEN"}""",
        [SecretActions.RemoveRegionsFromReplication] = """{"SecretId":"SECRET","RemoveReplicaRegions":["eu-central-1"]}""",
        [SecretActions.ReplicateSecretToRegions] = """{"SecretId":"SECRET","AddReplicaRegions":[{"Region":"eu-central-1"}]}""",
        [SecretActions.RestoreSecret] = """{"SecretId":"SECRET"}""",
        [SecretActions.RotateSecret] = """{"SecretId":"SECRET","ClientRequestToken":"TOKEN"}""",
        [SecretActions.StopReplicationToReplica] = """{"SecretId":"SECRET"}""",
        [SecretActions.TagResource] = """{"SecretId":"SECRET","Tags":[{"Key":"k","Value":"v"}]}""",
        [SecretActions.UntagResource] = """{"SecretId":"SECRET","TagKeys":["k"]}""",
        [SecretActions.UpdateSecret] = """{"SecretId":"SECRET","Description":"d","ClientRequestToken":"TOKEN"}""",
        [SecretActions.UpdateSecretVersionStage] = """{"SecretId":"SECRET","VersionStage":"MATRIX"}""",
        [SecretActions.ValidateResourcePolicy] = """{"ResourcePolicy":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"}""",
    };

    /// <summary>All doors. <paramref name="secrets"/>: a name and the ARN of each secret that the AWS API is asked about.</summary>
    public IReadOnlyList<MatrixDoor> All(IReadOnlyList<(string Name, string Arn)> secrets) => [.. Pages(), .. Others(), .. Rest(), .. secrets.SelectMany(Aws)];

    private static IEnumerable<MatrixDoor> Pages() =>
        from page in typeof(App).Assembly.GetTypes()
        from route in page.GetCustomAttributes(typeof(RouteAttribute), inherit: false).Cast<RouteAttribute>()
        let rule = DoorRule.Among(page.GetCustomAttributes(inherit: false))!
        select new MatrixDoor(DoorPlace.Portal, rule, AskedByGate(rule), "GET", PathOf(route.Template));

    // Of the portal's files, which are all public for one reason, one stands for all.
    private IEnumerable<MatrixDoor> Others() =>
        from endpoint in Endpoints
        where endpoint.Metadata.GetMetadata<AdminOperation>() is null && endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is null
        let rule = DoorRule.Among(endpoint.Metadata)!
        where rule.Kind != DoorKind.Operations
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Where(m => m != "HEAD") ?? ["GET"]
        group (rule, method, endpoint) by rule.Kind == DoorKind.Public && method == "GET" && rule.Reason!.Contains("same for everybody", StringComparison.Ordinal)
            ? rule.Reason : $"{method} {endpoint.RoutePattern.RawText}" into same
        let door = same.First()
        select new MatrixDoor(DoorPlace.Portal, door.rule, AskedByEndpoint(door.rule), door.method, PathOf(door.endpoint.RoutePattern.RawText!));

    private IEnumerable<MatrixDoor> Rest() =>
        from endpoint in Endpoints
        where endpoint.Metadata.GetMetadata<AdminOperation>() is not null && endpoint.RoutePattern.RawText != "/api/v1/{**rest}"
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        let rule = DoorRule.Among(endpoint.Metadata)!
        let path = endpoint.RoutePattern.RawText!
        select new MatrixDoor(DoorPlace.Rest, rule, [.. AskedByService(method, path, rule, endpoint)], method, Fill(path), BodyOf(endpoint));

    private static IEnumerable<MatrixDoor> Aws((string Name, string Arn) secret) => SecretActions.All.Select(action => new MatrixDoor(
        DoorPlace.Aws, DoorRule.Operations, [(action, AwsResource(action, secret.Arn))], "POST", "/",
        number => s_bodies[action].Replace("SECRET", secret.Name, StringComparison.Ordinal).Replace("NUMBER", $"{number}", StringComparison.Ordinal)
            .Replace("TOKEN", Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString(), StringComparison.Ordinal),
        action.Split(':')[1]));

    private static string AwsResource(string action, string arn) => action switch
    {
        SecretActions.BatchGetSecretValue or SecretActions.GetRandomPassword or SecretActions.ListSecrets or SecretActions.ValidateResourcePolicy => "*",
        SecretActions.CreateSecret => "arn:aws:secretsmanager:us-east-1:000000000000:secret:matrix/new-0-??????",
        _ => arn,
    };

    // A page that its service decides is opened to every recognised caller: the service is asked by the open page, not by this request.
    private static (string, string)[] AskedByGate(DoorRule rule) => rule.Kind == DoorKind.Action ? [(rule.Action!, "*")] : [];

    // Anything else asks its service at once; what has no place in its address for a resource is about all of them.
    private static (string, string)[] AskedByEndpoint(DoorRule rule) => rule.Action is { } action ? [(action, "*")] : [];

    private static IEnumerable<(string, string)> AskedByService(string method, string path, DoorRule rule, RouteEndpoint endpoint)
    {
        var parts = path["/api/v1/".Length..].Split('/');
        if (path == "/api/v1/access/explain")
            return [(PortalActions.ExplainAccess, $"{Iam}user/ada")];
        if (path == "/api/v1/access/who-can")
            return [(PortalActions.ExplainAccess, "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/orders-??????")];
        if (rule.Action is not { } action)
            return [];
        // Each secret that is looked up is decided by itself, and one that may not be seen is left out.
        if (path == "/api/v1/secrets/lookup")
            return [];
        if (action is PortalActions.AttachPolicy or PortalActions.DetachPolicy)
            return [(action, $"{Iam}policy/sample"), (action, ArnOf(parts[0], "sample"))];
        if (parts.Length > 1 && parts[1].StartsWith('{'))
            return [(action, ArnOf(parts[0], "sample"))];
        return method == "POST" && endpoint.Metadata.GetMetadata<AdminBodyType>() is { } sample && JsonDocument.Parse(sample.Example).RootElement.TryGetProperty("name", out _)
            ? [(action, ArnOf(parts[0], "sample-0"))]
            : [(action, "*")];
    }

    private static string ArnOf(string resource, string name) => resource switch
    {
        "users" => $"{Iam}user/{name}",
        "clients" => $"{Iam}user/client/{name}",
        "groups" => $"{Iam}group/{name}",
        "policies" => $"{Iam}policy/{name}",
        // Of a job that there is not, no key is known.
        "rewraps" => "arn:aws:kms:us-east-1:000000000000:key/*",
        "keys" => $"arn:aws:kms:us-east-1:000000000000:key/{name}",
        "notifications" => $"arn:aws:sns:us-east-1:000000000000:{name}",
        "rotations" or "secrets" => $"arn:aws:secretsmanager:us-east-1:000000000000:secret:{name}-??????",
        "functions" => $"arn:aws:lambda:us-east-1:000000000000:function:{name}",
        _ => throw new NotSupportedException($"The matrix does not know what {resource} are called in policies."),
    };

    private static Func<int, string>? BodyOf(RouteEndpoint endpoint)
    {
        if (endpoint.Metadata.GetMetadata<AdminBodyType>() is not { } sample)
            return null;
        var body = JsonNode.Parse(sample.Example)!.AsObject();
        return number =>
        {
            var own = body.DeepClone().AsObject();
            if (own.ContainsKey("name"))
                own["name"] = $"sample-{number}";
            return own.ToJsonString();
        };
    }

    private IEnumerable<RouteEndpoint> Endpoints => portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private static string Fill(string path) => System.Text.RegularExpressions.Regex.Replace(path, @"\{\w+\}", "sample");

    private static string PathOf(string template) =>
        s_paths.TryGetValue(template, out var path) ? path
        : !template.Contains('{', StringComparison.Ordinal) ? $"/{template.TrimStart('/')}"
        : throw new InvalidOperationException($"The door {template} has no request in the matrix. Give it one in {nameof(s_paths)}.");
}
