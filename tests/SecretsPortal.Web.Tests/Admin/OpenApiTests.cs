using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Tests.Admin;

/// <summary>The document says all that the routes do.</summary>
public sealed class OpenApiTests(SharedPortal shared) : ApiTest(shared)
{
    [Fact]
    public async Task The_document_is_valid_OpenAPI()
    {
        using var api = new AdminClient(Portal.Address, TestPortal.Credentials);
        var text = (await api.Ok("GET", "/api/v1/openapi.json")).Text;
        var read = OpenApiDocument.Parse(text, "json");
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic.SpecificationVersion);
    }

    [Fact]
    public async Task Every_operation_is_in_the_document_with_its_summary_its_answer_and_its_errors()
    {
        using var api = new AdminClient(Portal.Address, TestPortal.Credentials);
        var paths = (await api.Ok("GET", "/api/v1/openapi.json")).Json.GetProperty("paths");
        var operations = Operations(Portal);
        Assert.NotEmpty(operations);
        foreach (var (method, path) in operations)
        {
            var operation = paths.GetProperty(path).GetProperty(method);
            Assert.NotEqual("", operation.GetProperty("summary").GetString());
            Assert.NotEqual("", operation.GetProperty("operationId").GetString());
            Assert.NotEqual("", operation.GetProperty("description").GetString());
            var answers = operation.GetProperty("responses").EnumerateObject().Select(r => r.Name).ToList();
            Assert.Contains(answers, status => status[0] == '2');
            Assert.Superset(new HashSet<string> { "400", "401", "403", "408", "413", "429", "500", "503" }, answers.ToHashSet());
            Assert.Equal(2, operation.GetProperty("security").GetArrayLength());
            if (operation.TryGetProperty("requestBody", out var body))
                Assert.True(body.GetProperty("content").GetProperty("application/json").TryGetProperty("example", out _), $"{method} {path} has no example.");
        }

        Assert.Equal(operations.Count, paths.EnumerateObject().Sum(path => path.Value.EnumerateObject().Count()));
    }

    [Fact]
    public async Task The_page_comes_from_the_portal_alone_and_for_the_signed_in()
    {
        using var anonymous = new AdminClient(Portal.Address);
        var visitor = await anonymous.Send("GET", "/api/v1/docs/");
        Assert.Equal("/sign-in", visitor.Message.Headers.Location?.AbsolutePath);
        using var page = await Portal.Session(await Portal.SignIn());
        var docs = await page.Ok("GET", "/api/v1/docs/");
        Assert.DoesNotContain("https://", docs.Text, StringComparison.Ordinal);
        var policy = docs.Message.Headers.GetValues("Content-Security-Policy").Single();
        var nonce = policy.Split("'nonce-")[1].Split('\'')[0];
        Assert.Contains($"nonce=\"{nonce}\"", docs.Text, StringComparison.Ordinal);
        var again = await page.Ok("GET", "/api/v1/docs/");
        Assert.DoesNotContain(nonce, again.Text, StringComparison.Ordinal);
        Assert.True((await page.Ok("GET", "/api/v1/docs/scalar.js")).Text.Length > 100_000);
    }

    /// <summary>Method and path of each operation that the running host has.</summary>
    internal static List<(string Method, string Path)> Operations(TestPortal portal) =>
    [
        .. from endpoint in portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           where endpoint.Metadata.GetMetadata<AdminOperation>() is not null && endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null
           from method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
           select (method.ToLowerInvariant(), endpoint.RoutePattern.RawText!),
    ];
}
