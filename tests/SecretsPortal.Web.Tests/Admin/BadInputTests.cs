using System.Text.Json;

namespace SecretsPortal.Web.Tests.Admin;

/// <summary>Bad input, made from the OpenAPI document: each is refused with a clear error that names the field, never with a 5xx.</summary>
public sealed class BadInputTests(SharedPortal shared, ITestOutputHelper output) : ApiTest(shared)
{
    [Fact]
    public async Task Every_bad_body_is_refused_and_names_the_field()
    {
        using var api = new AdminClient(Portal.Address, TestPortal.Credentials);
        var document = (await api.Ok("GET", "/api/v1/openapi.json")).Json;
        var bodies = new BadBodies(document);
        var (faults, count) = (new List<string>(), 0);
        foreach (var (method, path, operation) in OperationsOf(document))
        {
            if (!operation.TryGetProperty("requestBody", out var body))
                continue;
            foreach (var bad in bodies.Of(body.GetProperty("content").GetProperty("application/json")))
            {
                count++;
                var answer = await api.SendBytes(method.ToUpperInvariant(), Fill(path), bad.Body);
                var isNamed = bad.Field switch
                {
                    null => answer.Code == "Serialization",
                    [.. var above, '*'] => answer.Fields.Any(f => f.StartsWith(above, StringComparison.Ordinal)),
                    var field => answer.Fields.Contains(field),
                };
                if ((int)answer.Status != 400 || !isNamed || answer.Text.Contains($"\"{BadBodies.Marker}\"", StringComparison.Ordinal))
                    faults.Add($"{method} {path}, {bad.What}: {answer}");
            }
        }

        output.WriteLine($"{count} bad bodies");
        Assert.True(faults.Count == 0, string.Join("\n", faults.Take(50)));
    }

    [Fact]
    public async Task Every_bad_parameter_is_refused_and_named()
    {
        using var api = new AdminClient(Portal.Address, TestPortal.Credentials);
        var document = (await api.Ok("GET", "/api/v1/openapi.json")).Json;
        var (faults, count) = (new List<string>(), 0);
        foreach (var (method, path, operation) in OperationsOf(document))
        {
            var cases = new List<(string Name, string Query)> { ("unknown", "unknown=1") };
            foreach (var parameter in operation.TryGetProperty("parameters", out var all) ? all.EnumerateArray().ToList() : [])
            {
                var name = parameter.GetProperty("name").GetString()!;
                if (parameter.GetProperty("in").GetString() != "query")
                    continue;
                cases.Add((name, $"{name}=a&{name}=b"));
                var schema = parameter.GetProperty("schema");
                if (!schema.TryGetProperty("type", out var type) || type.ToString() != "string" || schema.TryGetProperty("format", out _))
                    cases.Add((name, $"{name}=%00hunter2"));
            }

            foreach (var (name, query) in cases)
            {
                count++;
                var answer = await api.SendBytes(method.ToUpperInvariant(), $"{Fill(path)}?{query}", []);
                if ((int)answer.Status != 400 || !answer.Fields.Contains(name) || answer.Text.Contains("hunter2", StringComparison.Ordinal))
                    faults.Add($"{method} {path}?{query}: {answer}");
            }
        }

        output.WriteLine($"{count} bad parameters");
        Assert.True(faults.Count == 0, string.Join("\n", faults.Take(50)));
    }

    private static IEnumerable<(string Method, string Path, JsonElement Operation)> OperationsOf(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select (operation.Name, path.Name, operation.Value);

    private static string Fill(string path) => System.Text.RegularExpressions.Regex.Replace(path, @"\{\w+\}", "nobody");
}
