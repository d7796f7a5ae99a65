using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using SecretsPortal.Core;

namespace SecretsPortal.Web.Api;

/// <summary>Reads a body once, up to the door's limit.</summary>
internal static class RequestBody
{
    /// <summary>The longest body, in bytes: room for the largest value in base64 or with every character escaped, and its companions.</summary>
    public const int MaxBytes = 512 * 1024;

    // What a body that is too long may go on for and still be thrown away to its end: a client that is cut off while it sends sees
    // a broken connection and not the answer. Beyond that it is cut off.
    private const long MaxDiscardedBytes = 16 * 1024 * 1024;

    /// <summary>The whole body. <see cref="PortalError.Serialization"/> where it is too long, or ends before it should.</summary>
    public static async Task<byte[]> Read(HttpContext http, CancellationToken cancel)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxDiscardedBytes;
        try
        {
            while (true)
            {
                var read = await http.Request.BodyReader.ReadAsync(cancel);
                if (read.Buffer.Length > MaxBytes)
                {
                    http.Request.BodyReader.AdvanceTo(read.Buffer.End);
                    await Discard(http.Request, cancel);
                    throw TooLong();
                }

                if (read.IsCompleted)
                {
                    var body = read.Buffer.ToArray();
                    http.Request.BodyReader.AdvanceTo(read.Buffer.End);
                    return body;
                }

                http.Request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (BadHttpRequestException broken)
        {
            throw broken.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? TooLong()
                : new PortalException(PortalError.Serialization, "The request body ended early or was not framed as HTTP wants it.", broken);
        }
    }

    private static async Task Discard(HttpRequest request, CancellationToken cancel)
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancel);
            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    private static PortalException TooLong() =>
        new(PortalError.Serialization, $"The request body is longer than {MaxBytes} bytes. A secret's value may have at most 65536.");
}
