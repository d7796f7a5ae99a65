using System.Text;

namespace SecretsPortal.Bench;

/// <summary>Fills the store through the API, as a user would.</summary>
internal static class StoreFiller
{
    private const int Connections = 64;

    /// <summary>Makes secrets number 0 to <paramref name="count"/> - 1; those that are there stay.</summary>
    public static async Task Fill(Uri address, int count)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections }) { BaseAddress = address };
        if (await Exists(http, address, count - 1))
            return;
        Console.WriteLine($"Making {count} secrets …");
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = Connections }, async (number, cancel) =>
        {
            var body = $$"""{"Name":"{{SignedRequests.NameOf(number)}}","ClientRequestToken":"{{Guid.CreateVersion7(TimeProvider.System.GetUtcNow())}}","SecretString":"{\"username\":\"user{{number}}\",\"password\":\"a value of a common length, 48 characters\"}"}""";
            using var answer = await Send(http, address, "CreateSecret", body, cancel);
            var text = await answer.Content.ReadAsStringAsync(cancel);
            if (!answer.IsSuccessStatusCode && !text.Contains("ResourceExists", StringComparison.Ordinal))
                throw new InvalidOperationException($"CreateSecret answered {answer.StatusCode}: {text}");
        });
    }

    private static async Task<bool> Exists(HttpClient http, Uri address, int number)
    {
        using var answer = await Send(http, address, "DescribeSecret", $$"""{"SecretId":"{{SignedRequests.NameOf(number)}}"}""", CancellationToken.None);
        return answer.IsSuccessStatusCode;
    }

    private static async Task<HttpResponseMessage> Send(HttpClient http, Uri address, string operation, string json, CancellationToken cancel)
    {
        var body = Encoding.UTF8.GetBytes(json);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        foreach (var (name, value) in SignedRequests.Headers(address, operation, body).Where(h => h.Key != "Host"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.SendAsync(request, cancel);
    }
}
