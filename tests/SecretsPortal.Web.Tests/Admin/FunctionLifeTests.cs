using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests.Admin;

/// <summary>
/// The life of a rotation function over REST, and rotations by it through the running host: processes that speak the AWS API with boto3, each with a
/// secret of its own.
/// </summary>
public sealed class FunctionLifeTests : IAsyncLifetime
{
    private const string Arn = "arn:aws:lambda:us-east-1:000000000000:function:";
    private const string NotInvoked = "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryDirectory _functions = new();
    private TestPortal? _portal;

    private TestPortal Portal => _portal!;

    private AdminClient Api => new(Portal.Address, TestPortal.Credentials);

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("Processes run on Linux alone.");
        Mode(_functions.Path, "755");
        _portal = await TestPortal.Start($"--Portal:Functions:Directory={_functions.Path}", "--Portal:Functions:AllowedAddresses=127.0.0.1", "--Portal:Regions=us-east-1,eu-central-1");
    }

    public async ValueTask DisposeAsync()
    {
        if (_portal is not null)
            await _portal.DisposeAsync();
        _functions.Dispose();
    }

    [Fact]
    public async Task A_function_is_registered_listed_changed_and_deleted_only_unused()
    {
        using var api = Api;
        var added = await api.Ok("POST", "/api/v1/functions", Process("life", "nothing", description: "first"));
        Assert.Equal((HttpStatusCode.Created, "/api/v1/functions/life"), (added.Status, added.Message.Headers.Location?.ToString()));
        Assert.False(added.Json.TryGetProperty("signingKey", out _));
        var function = added.Json.GetProperty("function");
        Assert.Equal($"{Arn}life", function.GetProperty("arn").GetString());
        Assert.Equal(256, function.GetProperty("process").GetProperty("memoryMiB").GetInt32());
        Assert.Equal("ResourceExists", await api.Refused("POST", "/api/v1/functions", 409, Process("LIFE", "nothing")));
        Assert.Equal("ResourceExists", await api.Refused("POST", "/api/v1/functions", 409, Process("SecretsManagerRDSPostgreSQLRotationSingleUser", "nothing")));
        Assert.Contains((await api.Ok("GET", "/api/v1/functions?namePrefix=li")).Json.GetProperty("functions").EnumerateArray(), f => f.GetProperty("name").GetString() == "life");
        // The policy that makes the credentials good for anything came with the first function, and nobody changes it.
        Assert.Equal("InvalidRequest", await api.Refused("PUT", "/api/v1/policies/RotationFunction", 409, new { document = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""" }));

        var etag = (await api.Ok("GET", "/api/v1/functions/life")).Message.Headers.ETag!.ToString();
        var change = new { description = "second", process = new { runtime = "Program", folder = "nothing", command = new[] { "run" } }, timeoutSeconds = 5, allowedSecrets = new[] { "fn/*" } };
        var changed = await api.Send("PUT", "/api/v1/functions/life", change, ("If-Match", etag));
        Assert.Equal(HttpStatusCode.OK, changed.Status);
        Assert.Equal((int)HttpStatusCode.PreconditionFailed, (int)(await api.Send("PUT", "/api/v1/functions/life", change, ("If-Match", etag))).Status);
        Assert.Equal(changed.Text, (await api.Ok("GET", "/api/v1/functions/life")).Text);
        Assert.Equal(["process"], (await api.Send("PUT", "/api/v1/functions/life", new { webhook = new { url = "https://a.example" } })).Fields);

        var secret = await Secret("fn/life");
        await Portal.Aws.Ok("RotateSecret", new { SecretId = secret, RotationLambdaARN = $"{Arn}life", RotateImmediately = false, ClientRequestToken = Token() });
        Assert.Equal("InvalidRequest", await api.Refused("DELETE", "/api/v1/functions/life", 409));
        Assert.Single((await api.Ok("GET", "/api/v1/functions/life")).Json.GetProperty("secrets").EnumerateArray());
        await Portal.Aws.Ok("DeleteSecret", new { SecretId = secret, ForceDeleteWithoutRecovery = true });
        await api.Ok("DELETE", "/api/v1/functions/life");
        Assert.Equal("ResourceNotFound", await api.Refused("GET", "/api/v1/functions/life", 404));
    }

    [Fact]
    public async Task A_name_that_a_resource_policy_speaks_of_is_given_to_no_function()
    {
        using var api = Api;
        var secret = await Secret("fn/named");
        var policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:lambda:eu-central-1:000000000000:function:former"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}""";
        await Portal.Aws.Ok("PutResourcePolicy", new { SecretId = secret, ResourcePolicy = policy });
        Assert.Equal("InvalidRequest", await api.Refused("POST", "/api/v1/functions", 409, Process("former", "nothing")));
    }

    [Theory]
    [InlineData("name", """{"name":"a b","kind":"Webhook","webhook":{"url":"https://a.example"}}""")]
    [InlineData("webhook", """{"name":"a","kind":"Webhook"}""")]
    [InlineData("webhook.url", """{"name":"a","kind":"Webhook","webhook":{"url":"ftp://a.example"}}""")]
    [InlineData("webhook.url", """{"name":"a","kind":"Webhook","webhook":{"url":"https://user:password@a.example"}}""")]
    [InlineData("endpoint.secretAccessKey", """{"name":"a","kind":"Endpoint","endpoint":{"url":"https://a.example","region":"us-east-1","accessKeyId":"AKIAAKIAAKIAAKIA"}}""")]
    [InlineData("endpoint.accessKeyId", """{"name":"a","kind":"Endpoint","endpoint":{"url":"https://a.example","region":"us-east-1","accessKeyId":"akiaakiaakiaakia","secretAccessKey":"0123456789012345"}}""")]
    [InlineData("endpoint.region", """{"name":"a","kind":"Endpoint","endpoint":{"url":"https://a.example","region":"US","accessKeyId":"AKIAAKIAAKIAAKIA","secretAccessKey":"0123456789012345"}}""")]
    [InlineData("process.folder", """{"name":"a","kind":"Process","process":{"runtime":"Python3","folder":"../etc","handler":"a.b"}}""")]
    [InlineData("process.folder", """{"name":"a","kind":"Process","process":{"runtime":"Python3","folder":"/etc","handler":"a.b"}}""")]
    [InlineData("process.handler", """{"name":"a","kind":"Process","process":{"runtime":"Python3","folder":"a"}}""")]
    [InlineData("process.command[0]", """{"name":"a","kind":"Process","process":{"runtime":"Program","folder":"a","command":["../../bin/sh","-c","id"]}}""")]
    [InlineData("process.command", """{"name":"a","kind":"Process","process":{"runtime":"NodeJs","folder":"a","handler":"a.b","command":["x"]}}""")]
    [InlineData("process.variables", """{"name":"a","kind":"Process","process":{"runtime":"NodeJs","folder":"a","handler":"a.b","variables":{"LD_PRELOAD":"/tmp/x.so"}}}""")]
    [InlineData("process.variables", """{"name":"a","kind":"Process","process":{"runtime":"NodeJs","folder":"a","handler":"a.b","variables":{"NODE_OPTIONS":"--require /tmp/x"}}}""")]
    [InlineData("process.variables", """{"name":"a","kind":"Process","process":{"runtime":"NodeJs","folder":"a","handler":"a.b","variables":{"A B":"1"}}}""")]
    [InlineData("allowedSecrets[1]", """{"name":"a","kind":"Webhook","webhook":{"url":"https://a.example"},"allowedSecrets":["ok","not ok"]}""")]
    [InlineData("timeoutSeconds", """{"name":"a","kind":"Webhook","webhook":{"url":"https://a.example"},"timeoutSeconds":901}""")]
    public async Task What_is_wrong_with_a_function_is_named(string field, string body)
    {
        using var api = Api;
        var answer = await api.Send("POST", "/api/v1/functions", body);
        Assert.Equal(400, (int)answer.Status);
        Assert.Contains(field, answer.Text, StringComparison.Ordinal);
        Assert.Equal([field], answer.Fields);
    }

    [Fact]
    public async Task RotateSecret_with_a_function_that_is_not_there_disabled_or_does_not_permit_it_is_refused_as_AWS_does()
    {
        using var api = Api;
        await api.Ok("POST", "/api/v1/functions", Process("permits", "nothing", allowed: "fn/permitted-?"));
        await api.Ok("POST", "/api/v1/functions", Process("disabled", "nothing", disabled: true));
        var secret = await Secret("fn/refused");
        foreach (var arn in new[] { $"{Arn}nothing", $"{Arn}disabled", $"{Arn}permits", "arn:aws:lambda:eu-central-1:000000000000:function:permits", "arn:aws:lambda:us-east-1:999999999999:function:permits", $"{Arn}permits:alias" })
            Assert.Equal(NotInvoked, await Portal.Aws.Refused("RotateSecret", new { SecretId = secret, RotationLambdaARN = arn, ClientRequestToken = Token() }, "AccessDeniedException"));
        Assert.False((await Portal.Aws.Ok("DescribeSecret", new { SecretId = secret })).Json.TryGetProperty("RotationLambdaARN", out _));
        // One that was good once.
        var permitted = await Secret("fn/permitted-1");
        await Portal.Aws.Ok("RotateSecret", new { SecretId = permitted, RotationLambdaARN = $"{Arn}permits", RotateImmediately = false, ClientRequestToken = Token() });
        await api.Ok("PUT", "/api/v1/functions/permits", new { process = new { runtime = "Program", folder = "nothing" }, allowedSecrets = Array.Empty<string>() });
        Assert.Equal(NotInvoked, await Portal.Aws.Refused("RotateSecret", new { SecretId = permitted, ClientRequestToken = Token() }, "AccessDeniedException"));
    }

    [Theory]
    [InlineData("leaves AWSPENDING to the service", "")]
    [InlineData("removes AWSPENDING itself", """
        client.update_secret_version_stage(SecretId=arn, VersionStage="AWSPENDING", RemoveFromVersionId=token)
        """)]
    public async Task A_Python_function_rotates_through_all_four_steps(string what, string atTheEnd)
    {
        using var api = Api;
        var name = atTheEnd.Length == 0 ? "leaves" : "removes";
        await Function(name, PythonFunction(atTheEnd: atTheEnd.Trim()));
        var secret = await Secret($"fn/{name}", """{"engine":"own","username":"orders","password":"first-password"}""");
        var first = (await Portal.Aws.Ok("GetSecretValue", new { SecretId = secret }))["VersionId"];
        var token = Token();

        await Portal.Aws.Ok("RotateSecret", new { SecretId = secret, RotationLambdaARN = $"{Arn}{name}", ClientRequestToken = token });
        var steps = await End(secret, "Succeeded");

        var value = await Portal.Aws.Ok("GetSecretValue", new { SecretId = secret });
        Assert.True(token == value["VersionId"], what);
        var password = JsonDocument.Parse(value["SecretString"]!).RootElement.GetProperty("password").GetString()!;
        Assert.Equal(24, password.Length);
        var labels = (await Portal.Aws.Ok("DescribeSecret", new { SecretId = secret })).Json.GetProperty("VersionIdsToStages");
        Assert.Equal(["AWSCURRENT"], labels.GetProperty(token).EnumerateArray().Select(l => l.GetString()));
        Assert.Equal(["AWSPREVIOUS"], labels.GetProperty(first!).EnumerateArray().Select(l => l.GetString()));
        Assert.Equal(4, steps.Count);
        // The log is there, and the password in it is not.
        Assert.Contains("stored a new password [redacted]", steps[0], StringComparison.Ordinal);
        Assert.All(steps, step => Assert.DoesNotContain(password, step, StringComparison.Ordinal));
        Assert.All(steps, step => Assert.DoesNotContain("first-password", step, StringComparison.Ordinal));
        // What the function did stands in the log under its own name.
        var records = (await api.Ok("GET", $"/api/v1/audit/events?caller={Uri.EscapeDataString($"{Arn}{name}")}&limit=100")).Text;
        Assert.Contains("secretsmanager:PutSecretValue", records, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Webhook")]
    [InlineData("Endpoint")]
    public async Task A_function_elsewhere_rotates_with_the_credentials_that_come_with_each_event(string kind)
    {
        using var api = Api;
        var steps = new List<string>();
        var key = "";
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var elsewhere = builder.Build();
        elsewhere.Run(async http =>
        {
            using var buffer = new MemoryStream();
            await http.Request.Body.CopyToAsync(buffer);
            var body = JsonDocument.Parse(buffer.ToArray()).RootElement;
            var portal = body;
            if (kind == "Webhook")
            {
                var signed = Encoding.UTF8.GetBytes($"{http.Request.Headers["webhook-id"]}.{http.Request.Headers["webhook-timestamp"]}.");
                var expected = Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(key["whsec_".Length..]), (byte[])[.. signed, .. buffer.ToArray()]));
                Assert.Equal($"v1,{expected}", http.Request.Headers["webhook-signature"]);
                portal = body.GetProperty(nameof(Portal));
            }
            else
            {
                Assert.Equal("/2015-03-31/functions/there/invocations", http.Request.Path);
                portal = JsonDocument.Parse(Convert.FromBase64String(http.Request.Headers["X-Amz-Client-Context"]!)).RootElement.GetProperty("custom");
            }

            lock (steps)
                steps.Add(body.GetProperty("Step").GetString()!);
            using var aws = new SigningClient(
                new Uri(portal.GetProperty("Endpoint").GetString()!),
                new SigningCredentials(portal.GetProperty("AccessKeyId").GetString()!, new SecretText(portal.GetProperty("SecretAccessKey").GetString()!), portal.GetProperty("SessionToken").GetString()),
                portal.GetProperty("Region").GetString()!);
            if (steps[^1] == "createSecret")
                await aws.Ok("PutSecretValue", new
                {
                    SecretId = body.GetProperty("SecretId").GetString(), ClientRequestToken = body.GetProperty("ClientRequestToken").GetString(),
                    RotationToken = body.GetProperty("RotationToken").GetString(), SecretString = "made elsewhere", VersionStages = new[] { "AWSPENDING" },
                });
        });
        await elsewhere.StartAsync(TestContext.Current.CancellationToken);
        var url = elsewhere.Urls.First();
        var name = kind.ToLowerInvariant();
        var added = await api.Ok("POST", "/api/v1/functions", kind == "Webhook"
            ? (object)new { name, kind, allowedSecrets = new[] { "fn/*" }, webhook = new { url } }
            : new { name, kind, allowedSecrets = new[] { "fn/*" }, endpoint = new { url, remoteName = "there", region = "eu-central-1", accessKeyId = "AKIAOFTHEENDPOINT001", secretAccessKey = "secret-half-of-the-endpoint" } });
        key = kind == "Webhook" ? added["signingKey"]! : "";
        var secret = await Secret($"fn/{name}");

        await Portal.Aws.Ok("RotateSecret", new { SecretId = secret, RotationLambdaARN = $"{Arn}{name}", ClientRequestToken = Token() });
        await End(secret, "Succeeded");

        Assert.Equal(["createSecret", "setSecret", "testSecret", "finishSecret"], steps);
        Assert.Equal("made elsewhere", (await Portal.Aws.Ok("GetSecretValue", new { SecretId = secret }))["SecretString"]);
        // A change of the address asks for the key again, so that nobody has it sent elsewhere.
        if (kind == "Endpoint")
            Assert.Equal(["endpoint.secretAccessKey"], (await api.Send("PUT", $"/api/v1/functions/{name}", new { endpoint = new { url = "https://elsewhere.example", region = "eu-central-1", accessKeyId = "AKIAOFTHEENDPOINT001" } })).Fields);
    }

    [Theory]
    [InlineData("reads another secret", "client.get_secret_value(SecretId='fn/someone-elses')", "AccessDeniedException")]
    [InlineData("lists secrets", "client.list_secrets()", "AccessDeniedException")]
    [InlineData("deletes its own", "client.delete_secret(SecretId=arn)", "AccessDeniedException")]
    [InlineData("reads the environment of others", "print(open('/proc/1/environ').read())", "PermissionError")]
    [InlineData("hangs", "import time; time.sleep(600)", "did not answer within 4 seconds")]
    [InlineData("ends", "os._exit(3)", "exit code 3")]
    [InlineData("fails and prints the secret", "print(client.get_secret_value(SecretId=arn)['SecretString'].upper(), repr(client.get_secret_value(SecretId=arn)['SecretString'])); raise Exception('no: ' + client.get_secret_value(SecretId=arn)['SecretString'])", "[redacted]")]
    public async Task A_function_that_misbehaves_fails_the_step_and_the_current_value_stays(string what, string code, string message)
    {
        using var api = Api;
        var name = $"bad-{what.Replace(' ', '-')}";
        await Function(name, PythonFunction(atSet: code), timeout: what == "hangs" ? 4 : 60);
        var secret = await Secret($"fn/{name}", """{"engine":"own","username":"orders","password":"current-password"}""");
        if (what == "reads another secret")
            await Secret("fn/someone-elses", "not for you");

        await Portal.Aws.Ok("RotateSecret", new { SecretId = secret, RotationLambdaARN = $"{Arn}{name}", ClientRequestToken = Token() });
        var steps = await End(secret, "Retrying");

        Assert.Contains(message, steps[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("current-password", string.Join('\n', steps), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("not for you", string.Join('\n', steps), StringComparison.Ordinal);
        Assert.Contains("current-password", (await Portal.Aws.Ok("GetSecretValue", new { SecretId = secret }))["SecretString"], StringComparison.Ordinal);
        await Portal.Aws.Ok("CancelRotateSecret", new { SecretId = secret });
    }

    [Fact]
    public async Task RotateImmediately_false_lets_the_function_test_a_copy_that_is_gone_afterwards()
    {
        await Function("tests", PythonFunction());
        var secret = await Secret("fn/tests", """{"engine":"own","username":"orders","password":"first-password"}""");
        await Portal.Aws.Ok("RotateSecret", new { SecretId = secret, RotationLambdaARN = $"{Arn}tests", RotateImmediately = false, ClientRequestToken = Token() });
        var steps = await End(secret, "Succeeded");
        Assert.Contains("tested", Assert.Single(steps), StringComparison.Ordinal);
        var labels = (await Portal.Aws.Ok("DescribeSecret", new { SecretId = secret })).Json.GetProperty("VersionIdsToStages");
        Assert.Equal("AWSCURRENT", Assert.Single(Assert.Single(labels.EnumerateObject()).Value.EnumerateArray()).GetString());
    }

    [Fact]
    public async Task A_test_event_shows_that_a_function_answers_and_reaches_no_secret()
    {
        using var api = Api;
        await Secret("fn/tested", "a value");
        await Function("tested", """
            import boto3, os
            def lambda_handler(event, context):
                client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])
                print("password of", len(client.get_random_password(PasswordLength=20)["RandomPassword"]))
                if event.get("read"):
                    client.get_secret_value(SecretId=event["read"])
            """);
        var good = await api.Ok("POST", "/api/v1/functions/tested/test", new { @event = new { hello = "there" } });
        Assert.True(good.Json.GetProperty("succeeded").GetBoolean(), good.Text);
        Assert.Equal("password of 20\n", good["log"]);
        var bad = await api.Ok("POST", "/api/v1/functions/tested/test", new { @event = new { read = "fn/tested" } });
        Assert.False(bad.Json.GetProperty("succeeded").GetBoolean());
        Assert.Contains("AccessDeniedException", bad["errorMessage"], StringComparison.Ordinal);
        Assert.Equal(["event"], (await api.Send("POST", "/api/v1/functions/tested/test", new { @event = new[] { 1 } })).Fields);
    }

    [Fact]
    public async Task A_webhooks_key_is_shown_once_and_made_anew_on_demand()
    {
        using var api = Api;
        var added = await api.Ok("POST", "/api/v1/functions", new { name = "hook", kind = "Webhook", webhook = new { url = "https://127.0.0.1:1/rotate" }, allowedSecrets = new[] { "fn/*" } });
        var key = added["signingKey"]!;
        Assert.StartsWith("whsec_", key, StringComparison.Ordinal);
        Assert.DoesNotContain(key, (await api.Ok("GET", "/api/v1/functions/hook")).Text, StringComparison.Ordinal);
        Assert.NotEqual(key, (await api.Ok("POST", "/api/v1/functions/hook/signing-key"))["signingKey"]);
        var test = await api.Ok("POST", "/api/v1/functions/hook/test", new { });
        Assert.Contains("can't be reached", test["errorMessage"], StringComparison.Ordinal);
        // The key is wrapped anew with all the others.
        var ofRegion = (await api.Ok("GET", "/api/v1/keys")).Json.GetProperty("keys").EnumerateArray().Single(one => one.GetProperty("isDefault").GetBoolean()).GetProperty("keyId").GetString();
        Assert.Contains("RotationFunction", (await api.Ok("GET", $"/api/v1/keys/{ofRegion}/uses?limit=100")).Text, StringComparison.Ordinal);
    }

    /// <summary>The shape of AWS's own functions, on a target that is a line of the log.</summary>
    private static string PythonFunction(string atSet = "pass", string atTheEnd = "") => $$"""
        import boto3, json, os

        def lambda_handler(event, context):
            arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
            client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])
            metadata = client.describe_secret(SecretId=arn)
            versions = metadata["VersionIdsToStages"]
            if not metadata["RotationEnabled"]:
                raise ValueError("Secret %s is not enabled for rotation" % arn)
            if token not in versions:
                raise ValueError("Secret version has no stage for rotation")
            if "AWSCURRENT" in versions[token]:
                return
            if "AWSPENDING" not in versions[token]:
                raise ValueError("Secret version is not set as AWSPENDING for rotation")
            if step == "createSecret":
                current = json.loads(client.get_secret_value(SecretId=arn, VersionStage="AWSCURRENT")["SecretString"])
                try:
                    client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
                except client.exceptions.ResourceNotFoundException:
                    current["password"] = client.get_random_password(PasswordLength=24, ExcludePunctuation=True)["RandomPassword"]
                    print("stored a new password", current["password"])
                    client.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString=json.dumps(current), VersionStages=["AWSPENDING"])
            elif step == "setSecret":
                {{atSet}}
            elif step == "testSecret":
                print("tested", len(json.loads(client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")["SecretString"])["password"]))
            elif step == "finishSecret":
                current = [version for version, stages in versions.items() if "AWSCURRENT" in stages][0]
                client.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)
                {{atTheEnd}}
            else:
                raise ValueError("Invalid step parameter")
        """;

    private async Task Function(string name, string code, int timeout = 60)
    {
        if (!Directory.Exists("/usr/lib/python3/dist-packages/boto3"))
            Assert.Skip("boto3 is not installed (python3-boto3).");
        using var api = Api;
        Directory.CreateDirectory(_functions[name]);
        await File.WriteAllTextAsync(Path.Combine(_functions[name], "lambda_function.py"), code);
        Mode(_functions[name], "755");
        Mode(Path.Combine(_functions[name], "lambda_function.py"), "644");
        await api.Ok("POST", "/api/v1/functions", new
        {
            name, kind = "Process", allowedSecrets = new[] { "fn/*" }, timeoutSeconds = timeout, process = new { runtime = "Python3", folder = name, handler = "lambda_function.lambda_handler" },
        });
    }

    private static object Process(string name, string folder, string? description = null, string allowed = "fn/*", bool disabled = false) => new
    {
        name, kind = "Process", description, isDisabled = disabled, allowedSecrets = new[] { allowed }, process = new { runtime = "Python3", folder, handler = "lambda_function.lambda_handler" },
    };

    private async Task<string> Secret(string name, string value = "a value")
    {
        await Portal.Aws.Ok("CreateSecret", new { Name = name, SecretString = value, ClientRequestToken = Token() });
        return name;
    }

    /// <summary>The messages of the last run's steps, once it is in a state.</summary>
    private async Task<IReadOnlyList<string>> End(string secret, string state)
    {
        var service = (Services.Rotation.RotationHistory)Portal.Services.GetService(typeof(Services.Rotation.RotationHistory))!;
        var call = new Services.CallContext(await Portal.SignIn(), TestPortal.Region, "127.0.0.1", Token());
        var last = "";
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < s_patience; await Task.Delay(200))
        {
            var run = (await service.Latest(call, secret, 1, TestContext.Current.CancellationToken))[0];
            last = $"{run.State} {run.Message} {string.Join(" | ", run.Steps.Select(step => step.Message))}";
            if (run.State.ToString() == state)
                return [.. run.Steps.Select(step => step.Message ?? "")];
            if (!run.IsOpen)
                break;
        }

        throw new TimeoutException($"The run is not {state}: {last}");
    }

    private static string Token() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    private static void Mode(string path, string octal)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(octal, 8));
    }
}
