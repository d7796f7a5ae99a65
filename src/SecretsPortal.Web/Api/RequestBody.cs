using System.Buffers;
using SecretsPortal.Core;

namespace SecretsPortal.Web.Api;

/// <summary>Reads a body once, up to the door's limit.</summary>
internal static class RequestBody
{
    /// <summary>The longest body, in bytes: room for the largest value in base64 or with every character escaped, and its companions.</summary>
    public const int MaxBytes = 512 * 1024;

    /// <summary>The whole body. <see cref="PortalError.Serialization"/> where it is too long, or ends before it should.</summary>
    public static async Task<byte[]> Read(HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentLength > MaxBytes)
            throw TooLong();
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(cancel);
                if (read.Buffer.Length > MaxBytes)
                {
                    // What was read counts as consumed, so that the server can drain the rest and keep the connection.
                    request.BodyReader.AdvanceTo(read.Buffer.End);
                    throw TooLong();
                }

                if (read.IsCompleted)
                {
                    var body = read.Buffer.ToArray();
                    request.BodyReader.AdvanceTo(read.Buffer.End);
                    return body;
                }

                request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (BadHttpRequestException broken)
        {
            throw new PortalException(PortalError.Serialization, "The request body ended early or was not framed as HTTP wants it.", broken);
        }
    }

    private static PortalException TooLong() =>
        new(PortalError.Serialization, $"The request body is longer than {MaxBytes} bytes. A secret's value may have at most 65536.");
}
